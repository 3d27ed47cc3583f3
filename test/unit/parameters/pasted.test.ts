import { expect, test } from 'vitest';
import { checkDevice, checkLocation } from '../../../src/parameters/values.ts';

const origin = { kind: 'kernel', name: 'coreos.inst.image_url=' } as const;
const locate = (value: string, exists = false) =>
  checkLocation({ value, origin }, 'the image', () => exists).value;

test.each([
  ['http://192.0.2.1/a.raw\u00a0', 'its character 23 is a no-break space (U+00A0)'],
  ['http://192.0.2.1/a\u200b.raw', 'its character 19 is a zero-width space (U+200B)'],
  ['“http://192.0.2.1/a.raw”', 'its character 1 is a typographic quotation mark (U+201C)'],
  ['http://192.0.2.1/a.raw”', 'its character 23 is a typographic quotation mark (U+201D)'],
  ['\u202a/a.raw', 'its character 1 is a mark for the direction of text (U+202A)'],
])('what was pasted with a location is named: %s', (value, message) => {
  expect(() => locate(value)).toThrow(message);
});

test.each([
  `http://$${'{next-server}'}/a.raw`,
  'http://192.0.2.1/{{ image }}',
  'http://h/%{arch}.raw',
])('a placeholder in a URL is named: %s', (value) => {
  expect(() => locate(value)).toThrow('it contains a placeholder that was not filled in');
});

test('a file may be called what it likes', () => {
  expect(locate('/tmp/a\u00a0b', true)).toBe('/tmp/a\u00a0b');
  expect(locate('/tmp/it’s.raw', true)).toBe('/tmp/it’s.raw');
  expect(locate('http://192.0.2.1/it’s.raw')).toBe('http://192.0.2.1/it’s.raw');
});

test('what was pasted with a device is named', () => {
  const context = { fileExists: () => false, notes: [] };
  expect(() => checkDevice({ value: 'vda\u200b', origin }, context)).toThrow(
    'its character 4 is a zero-width space (U+200B); retype it',
  );
});
