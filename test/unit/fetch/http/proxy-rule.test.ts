import { expect, test } from 'vitest';
import { proxyRule } from '../../../../src/fetch/http/proxy-rule.ts';

const unset = { proxy: undefined, noProxy: undefined };

/** The host of the proxy for http://, and for https://. */
function proxies(env: Record<string, string>, settings = {}) {
  const rule = proxyRule({ ...unset, ...settings }, env);
  return ['http://host.example/', 'https://host.example/'].map((url) => rule(new URL(url))?.host);
}

test('the environment names a proxy for each scheme, or one for all', () => {
  expect(proxies({})).toEqual([undefined, undefined]);
  expect(proxies({ http_proxy: 'http://a:1' })).toEqual(['a:1', undefined]);
  expect(proxies({ https_proxy: 'http://b:2' })).toEqual([undefined, 'b:2']);
  expect(proxies({ all_proxy: 'c:3' })).toEqual(['c:3', 'c:3']);
  expect(proxies({ http_proxy: 'a:1', ALL_PROXY: 'c:3' })).toEqual(['a:1', 'c:3']);
});

test('small letters win, an empty value is none, and HTTP_PROXY in capitals is not trusted', () => {
  expect(proxies({ https_proxy: 'b:2', HTTPS_PROXY: 'c:3' })).toEqual([undefined, 'b:2']);
  expect(proxies({ https_proxy: '', HTTPS_PROXY: 'c:3' })).toEqual([undefined, 'c:3']);
  expect(proxies({ HTTP_PROXY: 'a:1' })).toEqual([undefined, undefined]);
});

test('hosts without proxy are named by the environment, or by a setting in place of that', () => {
  const env = { all_proxy: 'c:3', NO_PROXY: 'host.example' };
  expect(proxies(env)).toEqual([undefined, undefined]);
  expect(proxies({ ...env, no_proxy: 'other.example' })).toEqual(['c:3', 'c:3']);
  expect(proxies(env, { noProxy: '' })).toEqual(['c:3', 'c:3']);
});

test('a setting is for every scheme, whatever the environment says', () => {
  const env = { http_proxy: 'a:1', no_proxy: '.local' };
  expect(proxies(env, { proxy: 'http://d:4' })).toEqual(['d:4', 'd:4']);
});

test('what is no proxy is refused, by the name of its variable and without its password', () => {
  expect(() => proxies({ https_proxy: 'socks5://me:secret@host:1' })).toThrow(
    'Cannot use "socks5://***@host:1" from the environment variable https_proxy as a proxy',
  );
});
