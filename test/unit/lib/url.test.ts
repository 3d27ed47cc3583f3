import { expect, test } from 'vitest';
import { isLinkLocal, parseUrl } from '../../../src/lib/url.ts';

test.each([
  ['http://[fe80::1%25eth0]/x', 'http://[fe80::1]/x', 'eth0'],
  ['http://[fe80::1%eth0]:8080/x?a=%25', 'http://[fe80::1]:8080/x?a=%25', 'eth0'],
  ['https://me:p%25w@[fe80::1%25en.100-p0s3]/', 'https://me:p%25w@[fe80::1]/', 'en.100-p0s3'],
  ['http://[2001:db8::1]/x%25y', 'http://[2001:db8::1]/x%25y', undefined],
  ['http://host/[fe80::1%25eth0]', 'http://host/[fe80::1%25eth0]', undefined],
])('%s', (text, href, zone) => {
  const parsed = parseUrl(text);
  expect(parsed?.url.href).toBe(href);
  expect(parsed?.zone).toBe(zone);
});

test.each([
  'http://[fe80::1%]/',
  'http://[fe80::1%25]/',
  'http://[fe80::1%25a b]/',
  'http://[',
  'x',
])('%s is no URL', (text) => expect(parseUrl(text)).toBeUndefined());

test('link-local addresses are fe80::/10', () => {
  for (const [host, expected] of [
    ['[fe80::1]', true],
    ['[febf::1]', true],
    ['[FE80::1]', true],
    ['[fec0::1]', false],
    ['[2001:db8::fe80:1]', false],
    ['fe80.example', false],
  ] as const) {
    expect(isLinkLocal(new URL(`http://${host}/`)), host).toBe(expected);
  }
});
