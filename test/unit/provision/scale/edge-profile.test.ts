import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { translate } from '../../../../src/config/butane/translate.ts';
import { edgeProfile } from '../../../../src/provision/scale/edge-profile.ts';
import { edgeConfig } from '../../../../src/provision/scale/nginx-config.ts';

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

test('nothing in it looks like a placeholder of a template', () => {
  expect(edgeProfile(options)).not.toContain('${');
});

test.each(['nginx', 'a/b c', 'a/b\n[Service]', 'a/b;c', '--privileged/x y'])(
  'the image %j is refused',
  (image) => {
    expect(() => edgeProfile({ ...options, image })).toThrow(/^Cannot use .*no image/);
  },
);
