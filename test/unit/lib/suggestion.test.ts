import { expect, test } from 'vitest';
import { suggestion } from '../../../src/lib/suggestion.ts';

const known = ['concurrency', 'canary', 'url'];

test.each([
  ['concurency', '; the nearest is concurrency'],
  ['canary', ''],
  ['uri', '; the nearest is url'],
  ['something', ''],
  ['c\u001banary', '; the nearest is canary'],
  ['x'.repeat(10_000_000), ''],
])('%.20s', (name, expected) => {
  expect(suggestion(name, known)).toBe(expected);
  expect(suggestion(name, [])).toBe('');
});
