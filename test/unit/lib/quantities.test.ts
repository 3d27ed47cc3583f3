import { expect, test } from 'vitest';
import { parseDuration } from '../../../src/lib/quantities.ts';

test.each([
  ['90', 90_000],
  ['90s', 90_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['0', Infinity],
  ['0s', Infinity],
])('%s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', 's', '-1', '1.5h', '5 m', '1d', '1h30m', '9999999'])('%j is no time', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
