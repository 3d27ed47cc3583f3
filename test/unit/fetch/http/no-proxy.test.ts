import { expect, test } from 'vitest';
import { bypassesProxy } from '../../../../src/fetch/http/no-proxy.ts';

test.each([
  ['*', 'http://any.example/'],
  ['a.example, host.example ,b.example', 'http://host.example/'],
  ['a.example host.example', 'http://host.example/'],
  ['example.com', 'http://deep.down.example.com/'],
  ['.example.com', 'http://example.com/'],
  ['.example.com', 'http://www.example.com/'],
  ['*.example.com', 'http://www.example.com/'],
  ['EXAMPLE.com', 'http://Example.COM/'],
  ['example.com.', 'http://example.com/'],
  ['example.com', 'http://example.com./'],
  ['example.com:8080', 'http://example.com:8080/'],
  ['example.com:443', 'https://example.com/'],
  ['example.com:80', 'http://example.com/'],
  ['192.0.2.7', 'http://192.0.2.7/'],
  ['192.0.2.0/24', 'http://192.0.2.255:8080/'],
  ['192.0.2.0/24:8080', 'http://192.0.2.255:8080/'],
  ['0.0.0.0/0', 'http://198.51.100.1/'],
  ['2001:db8::1', 'http://[2001:db8::1]/'],
  ['[2001:db8::1]', 'http://[2001:db8:0:0::1]/'],
  ['[2001:db8::1]:8080', 'http://[2001:db8::1]:8080/'],
  ['2001:db8::/32', 'http://[2001:db8:ffff::]/'],
  ['[fd00::]/8', 'http://[fd12::1]/'],
  ['[fd00::]/8:8080', 'http://[fd12::1]:8080/'],
  ['bücher.example', 'http://bücher.example/'],
  ['*.Bücher.example', 'http://www.xn--bcher-kva.example/'],
  ['xn--bcher-kva.example', 'http://bücher.example/'],
  ['localhost', 'http://localhost:3000/'],
])('%s: %s needs no proxy', (list, url) => {
  expect(bypassesProxy(list, new URL(url))).toBe(true);
});

test.each([
  ['', 'http://host.example/'],
  [',', 'http://host.example/'],
  ['.', 'http://host.example/'],
  ['ample.com', 'http://example.com/'],
  ['www.example.com', 'http://example.com/'],
  ['example.com', 'http://example.com.evil.example/'],
  ['example.com:8080', 'http://example.com/'],
  ['example.com:80', 'https://example.com/'],
  ['192.0.2.0/24', 'http://192.0.3.1/'],
  ['192.0.2.7', 'http://192.0.2.77/'],
  ['192.0.2.0/33', 'http://192.0.2.1/'],
  ['192.0.2.0/x', 'http://192.0.2.0/'],
  ['2.7', 'http://192.0.2.7/'],
  ['192.0.2.0/24', 'http://192.0.2.1.example/'],
  ['2001:db8::/32', 'http://[2001:db9::1]/'],
  ['2001:db8::/32', 'http://192.0.2.1/'],
  ['[fd00::]/8', 'http://[fc00::1]/'],
  ['[fd00::]/8:8080', 'http://[fd12::1]/'],
  ['ü\u2000', 'http://host.example/'],
])('%s: %s needs one', (list, url) => {
  expect(bypassesProxy(list, new URL(url))).toBe(false);
});
