import { expect, test } from 'vitest';
import { matchesGlob } from '../../../src/media/match-path.ts';

test.each([
  ['*', 'a/b', true],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['etc/*', 'etc/a/b', true],
  ['etc/*', 'usr/etc/a', false],
  ['*.conf', 'a.conf.d', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[!a-c]x', 'dx', true],
  ['[]]', ']', true],
  ['[a-]', '-', true],
  ['[a', '[a', true],
  ['*a*b*c', 'xaybzc', true],
  ['*a*b*c', 'xaybz', false],
  ['a.c', 'abc', false],
  ['ä?', 'ä😀', true],
])('%s and %s: %s', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected);
});

test('many stars take no time', () => {
  expect(matchesGlob('*a'.repeat(200), 'a'.repeat(5000).concat('b'))).toBe(false);
});
