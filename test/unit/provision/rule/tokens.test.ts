import { expect, test } from 'vitest';
import { hashToken, installId, isToken, newToken } from '../../../../src/provision/rule/tokens.ts';

test('install ids stay what they are: disks have them', () => {
  // Python: uuid.uuid5(uuid.UUID('6f2c3ad0-a9c9-4d0e-8d4f-0b7c1f5e9a42'), 'node-1/1')
  expect(installId('node-1', 1)).toBe('a08c8b0f-3ea1-5c0b-8309-a3cfb8d2177a');
  expect(installId('node-1', 2)).toBe('8459bf45-da14-5ccf-b5f1-5911f2378a5f');
});

test('a token is 256 bits that a URL can have, and only its hash is compared', () => {
  const token = newToken();
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(newToken()).not.toBe(token);
  expect(isToken(token, hashToken(token))).toBe(true);
  for (const other of ['', token.slice(1), `${token}x`, 'ü'.repeat(500)])
    expect(isToken(other, hashToken(token)), other).toBe(false);
});
