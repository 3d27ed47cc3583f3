import { expect, test } from 'vitest';
import { printable, printableJson } from '../../../src/lib/text.ts';

test('nothing in a name can move the cursor, hide a line or turn its direction', () => {
  expect(printable('a\x1b[2Jb\rc\nd\u202ee\u2028f')).toBe('a?[2Jb?c?d?e?f');
});

test('letters of any language stay', () => {
  expect(printable('データ „Größe“ 1')).toBe('データ „Größe“ 1');
});

test('in JSON nothing is lost', () => {
  const data = { name: 'a\x1b[2J\u009b31m\u202e\u200d\u{e0001}\ttab\nline' };
  const text = printableJson(JSON.stringify(data, undefined, 2));
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  expect(JSON.parse(text)).toEqual(data);
  // Where somebody indented it with them.
  expect(printableJson('{\n\t"a": 1\n}')).toBe('{\n\t"a": 1\n}');
});
