import { describe, expect, test } from 'vitest';
import { isPacked, nameToSave, unpackedName } from '../../../src/download/file-names.ts';
import { failure } from '../../support/failure.ts';

test.each([
  ['https://h/a/fcos.raw.xz', 'fcos.raw.xz'],
  ['https://h/a/fcos.raw.xz?token=1#part', 'fcos.raw.xz'],
  ['https://h/with%20space', 'with space'],
  ['https://h/100%', '100%'],
])('%s is saved as %s', (url, name) => {
  expect(nameToSave(url)).toBe(name);
});

test.each([
  'https://h',
  'https://h/a/',
  'https://h/%2e%2e',
  'https://h/..%2f..%2fetc%2fpasswd',
  'https://h/.bashrc',
  'https://h/a%0ab',
  'https://h/a%00b',
  `https://h/${'x'.repeat(199)}`,
])('%s is saved under no name', (url) => {
  expect(() => nameToSave(url)).toThrow(failure('file-name-unusable'));
});

test('a name may be as long as its partial file allows', () => {
  expect(nameToSave(`https://h/${'x'.repeat(198)}`)).toHaveLength(198);
  expect(() => nameToSave(`https://h/${'ä'.repeat(100)}`)).toThrow(failure('file-name-unusable'));
});

describe('what can be decompressed', () => {
  test.each([
    ['x.raw.xz', 'x.raw'],
    ['x.qcow2.gz', 'x.qcow2'],
    ['x.raw.ZST', 'x.raw'],
  ])('%s becomes %s', (name, unpacked) => {
    expect(isPacked(name)).toBe(true);
    expect(unpackedName(name)).toBe(unpacked);
  });
  test.each(['x.raw', 'x.tar.gz', 'x.tar.xz', 'x.iso', 'xz'])('%s does not', (name) => {
    expect(isPacked(name)).toBe(false);
  });
});
