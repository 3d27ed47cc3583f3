import { expect, test } from 'vitest';
import { readStatus } from '../../../src/verify/gpg-status.ts';

const key = '0123456789ABCDEF';
const valid = (digest: string, type: string) =>
  `[GNUPG:] VALIDSIG F${key} 2026-01-01 1767225600 0 4 0 1 ${digest} ${type} P${key}\n`;
const good = `[GNUPG:] GOODSIG ${key} Alice <a@example.org>\n`;

test('control characters in the name of a key are not handed on', () => {
  const status = `[GNUPG:] GOODSIG ${key} A\u001b[2J\u0007\u0085B <a@example.org>\n`;
  expect(readStatus(status)[0]?.userId).toBe('A?[2J??B <a@example.org>');
});

test.each([
  ['10', '00', 'good'],
  ['8', '00', 'good'],
  ['2', '00', 'weak-digest'],
  ['10', '01', 'text'],
  ['2', '01', 'weak-digest'],
])('a good signature with digest %s of type %s is %s', (digest, type, verdict) => {
  expect(readStatus(good + valid(digest, type))).toEqual([
    { verdict, key: `P${key}`, userId: 'Alice <a@example.org>' },
  ]);
});

test('of an expired key it stays what it is, whatever the digest', () => {
  const expired = `[GNUPG:] EXPKEYSIG ${key} Alice <a@example.org>\n`;
  for (const [digest, type] of [
    ['2', '00'],
    ['10', '01'],
  ] as const)
    expect(readStatus(expired + valid(digest, type))[0]?.verdict).toBe('expired-key');
});

test('only lines of gpgv’s own count', () => {
  expect(
    readStatus(`GOODSIG ${key} x\n[GNUPG] GOODSIG ${key} x\n [GNUPG:] GOODSIG ${key} x\n`),
  ).toEqual([]);
});

test('who has signed cannot come before the verdict', () => {
  expect(() => readStatus(valid('10', '00'))).toThrow('before its verdict');
});
