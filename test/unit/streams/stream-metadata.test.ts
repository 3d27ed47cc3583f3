import { expect, test } from 'vitest';
import { fetchStream, readStream } from '../../../src/streams/stream-metadata.ts';
import type { StreamPlace } from '../../../src/streams/stream-place.ts';
import { failure } from '../../support/failure.ts';
import { startServer } from '../../support/servers.ts';

const place: StreamPlace = {
  name: 'stable',
  url: 'https://user:secret@h/stable.json',
  isNamed: true,
  isDefault: false,
  allowsHttp: false,
};
const hex = 'ab'.repeat(32);

const read = (value: unknown, at = place) =>
  readStream(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), at);

/** A stream with one file, in which something is different. */
const withFile = (file: unknown) => ({
  stream: 'stable',
  architectures: {
    x86_64: { artifacts: { metal: { release: '44.1', formats: { 'raw.xz': { disk: file } } } } },
  },
});

test('what is published is read, sorted, and what is not known is left alone', () => {
  const disk = {
    location: 'https://h/x.raw.xz',
    signature: 'https://h/x.raw.xz.sig',
    sha256: hex.toUpperCase(),
    'uncompressed-sha256': 'whatever',
  };
  const at = (name: string) => ({ location: `https://h/${name}` });
  const stream = read({
    stream: 'stable',
    metadata: { 'last-modified': '2026-11-01T00:00:00Z' },
    architectures: {
      x86_64: {
        images: { aws: {} },
        artifacts: {
          metal: {
            release: '44.20261101.3.0',
            formats: {
              'raw.xz': { disk },
              pxe: { rootfs: at('r'), kernel: at('k'), initramfs: at('i') },
              '4k.raw.xz': { disk: at('4k') },
            },
          },
          aws: { formats: { 'vmdk.xz': { disk: at('aws') }, empty: {} } },
        },
      },
      aarch64: { artifacts: { metal: { formats: { 'raw.xz': { disk: at('arm') } } } } },
    },
  });
  expect(stream.name).toBe('stable');
  expect(
    stream.artifacts.map(({ architecture, platform, format }) => [architecture, platform, format]),
  ).toEqual([
    ['aarch64', 'metal', 'raw.xz'],
    ['x86_64', 'aws', 'vmdk.xz'],
    ['x86_64', 'metal', '4k.raw.xz'],
    ['x86_64', 'metal', 'pxe'],
    ['x86_64', 'metal', 'raw.xz'],
  ]);
  expect(stream.artifacts.at(-1)).toMatchObject({
    release: '44.20261101.3.0',
    files: [
      {
        kind: 'disk',
        url: disk.location,
        signatureUrl: disk.signature,
        isElsewhere: false,
        sha256: hex,
      },
    ],
  });
  expect(stream.artifacts[3]?.files.map(({ kind }) => kind)).toEqual([
    ...['initramfs', 'kernel', 'rootfs'],
  ]);
  expect(stream.artifacts[3]?.files[0]).toMatchObject({
    signatureUrl: undefined,
    sha256: undefined,
  });
});

test.each<[string, unknown]>([
  ['nothing', ''],
  ['a web page', '<!DOCTYPE html>'],
  ['half of it', '{"stream": "stable", "architectures": {'],
  ['no UTF-8', '{"stream": "st\udc80able"}'],
  ['a list', []],
  ['null', 'null'],
  ['no name', { architectures: {} }],
  ['no architectures', { stream: 'stable' }],
  ['a name to climb with', { stream: '../x', architectures: {} }],
  ['an odd architecture', { stream: 's', architectures: { 'x\n86': { artifacts: {} } } }],
  ['a file without a place', withFile({ sha256: hex })],
  ['a number as place', withFile({ location: 5 })],
  ['half a digest', withFile({ location: 'https://h/x', sha256: hex.slice(1) })],
  ['a file of the machine', withFile({ location: 'file:///etc/shadow' })],
  ['a path', withFile({ location: '/etc/shadow' })],
  ['a signature of the machine', withFile({ location: 'https://h/x', signature: 'file:///x' })],
  ['no TLS', withFile({ location: 'http://h/x' })],
])('%s is refused, by name', (_, value) => {
  expect(() => read(value)).toThrow(failure('stream-invalid'));
});

test('the place that is wrong is named, and no secret with it', () => {
  const wrong = withFile({ location: 'http://user:secret@h/x' });
  expect(() => read(wrong)).toThrow(/x86_64\.metal\.raw\.xz\.disk\.location: /);
  try {
    read(wrong);
  } catch (error) {
    expect((error as Error).message).not.toContain('secret');
  }
  expect(() => read({ stream: 'stable', architectures: { x: { artifacts: 5 } } })).toThrow(
    /architectures\.x\.artifacts/,
  );
});

test('without TLS where the metadata was asked for without it', () => {
  const http = { ...place, allowsHttp: true };
  expect(read(withFile({ location: 'http://h/x' }), http).artifacts).toHaveLength(1);
  expect(() => read(withFile({ location: 'file:///x' }), http)).toThrow(failure('stream-invalid'));
});

test('metadata of another stream is not that of the one that was asked for', () => {
  const other = { ...withFile({ location: 'https://h/x' }), stream: 'testing' };
  expect(() => read(other)).toThrow(failure('stream-invalid'));
  expect(read(other, { ...place, isNamed: false }).name).toBe('testing');
});

test.each([
  ['https://h/x', undefined, false],
  ['https://h:8443/x', undefined, true],
  ['https://elsewhere/x', 'https://h/x.sig', true],
  ['https://h/x', 'https://elsewhere/x.sig', true],
])('%s with the signature %s is on another server: %s', (location, signature, isElsewhere) => {
  const [artifact] = read(withFile({ location, ...(signature && { signature }) })).artifacts;
  expect(artifact?.files[0]?.isElsewhere).toBe(isElsewhere);
});

test('what every object inherits is no entry', () => {
  const text = '{"stream":"stable","architectures":{"__proto__":{"artifacts":{}}}}';
  expect(read(text).artifacts).toEqual([]);
  expect(({} as Record<string, unknown>)['artifacts']).toBeUndefined();
});

test.each([
  [true, undefined],
  [false, 'Bearer secret'],
])('tokens for other servers: with the default place %s, %s is sent', async (isDefault, sent) => {
  const location = 'http://127.0.0.1/x.raw.xz';
  await using server = await startServer({
    files: { '/stable.json': Buffer.from(JSON.stringify(withFile({ location }))) },
  });
  const at = { ...place, url: `${server.url}/stable.json`, isDefault, allowsHttp: true };
  const never = new AbortController().signal;
  const headers = { authorization: 'Bearer secret' };
  const stream = await fetchStream(at, { headers }, never);
  expect(server.requests[0]?.headers['authorization']).toBe(sent);
  expect(stream.artifacts[0]?.files[0]?.isElsewhere).toBe(true);
  const own = { ...at, url: 'http://127.0.0.1/stable.json' };
  expect(read(withFile({ location }), own).artifacts[0]?.files[0]?.isElsewhere).toBe(isDefault);
});
