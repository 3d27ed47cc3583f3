import { expect, test } from 'vitest';
import { formatDigest, parseDigest } from '../../../src/lib/digest.ts';

const hex256 = 'ab'.repeat(32);
const hex512 = 'cd'.repeat(64);

test.each([
  [`sha256:${hex256}`, `sha256:${hex256}`],
  [`sha256-${hex256}`, `sha256:${hex256}`],
  [`SHA512:${hex512.toUpperCase()}`, `sha512:${hex512}`],
  [hex256, `sha256:${hex256}`],
  [hex512, `sha512:${hex512}`],
])('%s is understood', (text, same) => {
  const digest = parseDigest(text);
  expect(digest && formatDigest(digest)).toBe(same);
});

test.each([
  '',
  'sha256:',
  hex256.slice(2),
  `sha512:${hex256}`,
  `sha256:${hex512}`,
  `sha256:${hex256.slice(0, -1)}g`,
  `md5:${'ab'.repeat(16)}`,
  `sha1:${'ab'.repeat(20)}`,
  `sha256:${hex256} `,
])('%j is not', (text) => {
  expect(parseDigest(text)).toBeUndefined();
});
