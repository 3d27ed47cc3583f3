import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { translate } from '../../../../src/config/butane/translate.ts';
import { edgeProfile } from '../../../../src/provision/scale/edge-profile.ts';
import { edgeConfig, originConfig } from '../../../../src/provision/scale/nginx-config.ts';

const options = {
  originUrl: 'http://192.0.2.1:8080',
  port: 8080,
  image: 'registry.example:5000/library/nginx:stable',
};

test('it is a Butane config without findings, with the cache’s nginx config in it', () => {
  const { findings, result } = translate(Buffer.from(edgeProfile(options)));
  expect(findings).toEqual([]);
  const text = JSON.stringify(result?.config);
  const [, encoded = ''] = /"source":"data:;base64,([^"]+)"/.exec(text) ?? [];
  const config = gunzipSync(Buffer.from(encoded, 'base64')).toString();
  expect(config).toBe(
    edgeConfig({ originUrl: options.originUrl, port: 8080, cacheDirectory: '/var/cache/fleet' }),
  );
  expect(text).toContain('registry.example:5000/library/nginx:stable');
});

test('nginx listens by IPv6 as well only where the URL has an IPv6 address', () => {
  const urls = ['http://[2001:db8::1]:8080', 'http://192.0.2.1:8080', 'http://fleet.example:8080'];
  const texts = urls.flatMap((originUrl) => [
    edgeConfig({ originUrl, port: 8080, cacheDirectory: '/c' }),
    originConfig({ directory: '/d', url: originUrl, upstreamUrl: 'http://127.0.0.1:8081' }),
  ]);
  expect(texts.map((text) => text.match(/\n {2}listen .*;/g))).toEqual(
    texts.map((_, index) =>
      ['\n  listen 8080;', '\n  listen [::]:8080;'].slice(0, index < 2 ? 2 : 1),
    ),
  );
});

test('nothing in it looks like a placeholder of a template', () => {
  expect(edgeProfile(options)).not.toContain('${');
});

test.each(['nginx', 'a/b c', 'a/b\n[Service]', 'a/b;c', '--privileged/x y'])(
  'the image %j is refused',
  (image) => {
    expect(() => edgeProfile({ ...options, image })).toThrow(/^Cannot use .*no image/);
  },
);
