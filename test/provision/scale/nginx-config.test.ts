import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { edgeConfig, originConfig } from '../../../src/provision/scale/nginx-config.ts';
import { lacks } from '../../support/needs.ts';
import { startNginx } from '../../support/servers.ts';

const sliceBytes = 16 * 1024 * 1024;
/** Several slices and a part. */
const image = randomBytes(2 * sliceBytes + 12_345);
const digest = createHash('sha256').update(image).digest('hex');
const path = `/assets/sha256-${digest}/image.raw.xz`;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'origin-'));
  // nginx may give up root.
  await execa('chmod', ['755', directory]);
  await mkdir(join(directory, `assets/sha256-${digest}`), { recursive: true });
  await writeFile(join(directory, path), image);
});
afterAll(() => rm(directory, { recursive: true }));

const local = (config: string, port: number) =>
  config
    .replace(`listen ${port};`, `listen 127.0.0.1:${port};`)
    .replace(`listen [::]:${port};`, `listen [::1]:${port};`);

const startOrigin = (upstreamUrl: string) =>
  startNginx(directory, (port) =>
    local(originConfig({ directory, url: `http://127.0.0.1:${port}`, upstreamUrl }), port),
  );

async function startEdge(originUrl: string) {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'edge-'));
  const nginx = await startNginx(directory, (port) =>
    local(edgeConfig({ originUrl, port, cacheDirectory }), port),
  );
  return {
    url: nginx.url,
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]();
      await rm(cacheDirectory, { recursive: true });
    },
  };
}

/** A server between a cache and its origin that counts; it may be slow, or answer itself. */
async function counting(
  originUrl: string,
  delayMs = 0,
  answers: (response: ServerResponse) => boolean = () => false,
) {
  const asked: string[] = [];
  let sentBytes = 0;
  const server: Server = createServer(async (incoming, response) => {
    asked.push(`${incoming.method} ${incoming.headers.range ?? 'whole'}`);
    if (answers(response)) return;
    const { host: _, connection: __, ...headers } = incoming.headers;
    const method = incoming.method as 'GET';
    const answer = await request(`${originUrl}${incoming.url}`, { method, headers });
    response.writeHead(answer.statusCode, answer.headers);
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    for await (const chunk of answer.body) {
      sentBytes += chunk.length;
      response.write(chunk);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get sentBytes() {
      return sentBytes;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function fetched(url: string, range?: string) {
  const answer = await request(url, { headers: range === undefined ? {} : { range } });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  const { etag, 'content-length': length, 'content-range': contentRange } = answer.headers;
  return { status: answer.statusCode, bytes, etag, length, contentRange };
}

describe.skipIf(lacks('nginx'))('nginx', () => {
  test('a cache answers as the origin does, with length and entity tag, the first time and later', async () => {
    await using origin = await startOrigin('http://127.0.0.1:9');
    await using edge = await startEdge(origin.url);
    const expected = await fetched(`${origin.url}${path}`);
    expect(expected).toMatchObject({ status: 200, length: `${image.length}` });
    expect(expected.etag).toBe(`"${digest}"`);
    for (const _ of ['first', 'cached']) {
      const got = await fetched(`${edge.url}${path}`);
      expect({ ...got, bytes: got.bytes.equals(image) }).toEqual({ ...expected, bytes: true });
    }
  });

  test('any name that a file may have is an asset', async () => {
    const name = 'metal (1) ~ü.raw.xz';
    await writeFile(join(directory, `assets/sha256-${digest}`, name), 'small');
    await using origin = await startOrigin('http://127.0.0.1:9');
    await using edge = await startEdge(origin.url);
    const url = `${edge.url}/assets/sha256-${digest}/${encodeURIComponent(name)}`;
    expect(await fetched(url)).toMatchObject({ status: 200, bytes: Buffer.from('small') });
  });

  test('a broken download resumes in the middle, also of what the cache has not yet', async () => {
    await using origin = await startOrigin('http://127.0.0.1:9');
    await using edge = await startEdge(origin.url);
    const from = sliceBytes + 1000;
    const got = await fetched(`${edge.url}${path}`, `bytes=${from}-`);
    expect(got.status).toBe(206);
    expect(got.contentRange).toBe(`bytes ${from}-${image.length - 1}/${image.length}`);
    expect(got.bytes.equals(image.subarray(from))).toBe(true);
    const { etag } = await fetched(`${origin.url}${path}`, 'bytes=0-0');
    expect(got.etag).toBe(etag);
    // As the installer does: only if it is still the same file.
    const headers = { range: `bytes=${from}-`, 'if-range': etag as string };
    const again = await request(`${edge.url}${path}`, { headers });
    expect(again.statusCode).toBe(206);
    await again.body.dump();
  });

  test('a cache keeps no error of its origin, whatever that says', async () => {
    await using origin = await startOrigin('http://127.0.0.1:9');
    let isBroken = true;
    await using between = await counting(origin.url, 0, (response) => {
      if (!isBroken) return false;
      isBroken = false;
      response.writeHead(500, { 'cache-control': 'public, max-age=31536000, immutable' }).end();
      return true;
    });
    await using edge = await startEdge(between.url);
    expect((await fetched(`${edge.url}${path}`)).status).toBe(500);
    expect(isBroken).toBe(false);
    expect(await fetched(`${edge.url}${path}`, 'bytes=0-9')).toMatchObject({
      status: 206,
      bytes: image.subarray(0, 10),
    });
  });

  test('twelve machines at once cost the origin one copy, though it is slow', async () => {
    await using origin = await startOrigin('http://127.0.0.1:9');
    await using between = await counting(origin.url, 300);
    await using edge = await startEdge(between.url);
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => (await fetched(`${edge.url}${path}`)).bytes),
    );
    expect(answers.every((bytes) => bytes.equals(image))).toBe(true);
    expect(between.asked.toSorted()).toEqual([
      'GET bytes=0-16777215',
      'GET bytes=16777216-33554431',
      'GET bytes=33554432-50331647',
    ]);
    expect(between.sentBytes).toBe(image.length);
  });

  test('what is in the cache is served while the origin is gone', async () => {
    await using stack = new AsyncDisposableStack();
    const origin = await startOrigin('http://127.0.0.1:9');
    const edge = stack.use(await startEdge(origin.url));
    await fetched(`${edge.url}${path}`);
    await origin[Symbol.asyncDispose]();
    expect((await fetched(`${edge.url}${path}`)).bytes.equals(image)).toBe(true);
  });

  test('a cache has nothing but assets', async () => {
    await using between = await counting('http://127.0.0.1:9');
    await using edge = await startEdge(between.url);
    for (const other of [
      '/ignition?mac=52:54:00:00:00:01',
      '/assets/tftp/snponly.efi',
      `/assets/sha256-${digest}/../machines.csv`,
      `/assets/sha256-${digest}/%2e%2e/%2e%2e/machines.csv`,
      '/assets/sha256-00/x',
      '/',
    ])
      expect((await fetched(`${edge.url}${other}`)).status).toBe(404);
    const { statusCode, body } = await request(`${edge.url}${path}`, { method: 'POST' });
    await body.dump();
    expect(statusCode).toBe(403);
    expect(between.asked).toEqual([]);
  });

  test('an origin gives the server everything else, with the address of the machine', async () => {
    const server = createServer((incoming, response) => {
      // As the stream of events: nginx must not wait for more.
      if (incoming.url === '/live') {
        response.writeHead(200, { 'x-accel-buffering': 'no' }).write('first');
        return;
      }
      const { authorization, host } = incoming.headers;
      const from = incoming.headers['x-forwarded-for'];
      response.end(JSON.stringify({ url: incoming.url, authorization, host, from }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      await using origin = await startOrigin(`http://127.0.0.1:${port}`);
      const headers = { authorization: 'Basic eA==', 'x-forwarded-for': '203.0.113.9' };
      const answer = await request(`${origin.url}/ignition?a=b%20c`, { headers });
      expect(await answer.body.json()).toEqual({
        url: '/ignition?a=b%20c',
        authorization: 'Basic eA==',
        host: origin.url.slice('http://'.length),
        from: '127.0.0.1',
      });
      const live = await request(`${origin.url}/live`);
      const begin = await once(live.body, 'data');
      expect(`${begin}`).toBe('first');
      live.body.destroy();
      const secret = await request(`${origin.url}/assets/sha256-${digest}/../x`);
      expect(await secret.body.json()).toMatchObject({ url: expect.stringContaining('x') });
      const { headers: got } = await request(`${origin.url}${path}`, { method: 'HEAD' });
      expect(got['cache-control']).toBe('public, max-age=31536000, immutable');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test('a cache goes on after the files were copied to another origin', async () => {
    await using origin = await startOrigin('http://127.0.0.1:9');
    await using edge = await startEdge(origin.url);
    await fetched(`${edge.url}${path}`, 'bytes=0-0');
    await utimes(join(directory, path), 1_000_000, 1_000_000);
    expect((await fetched(`${edge.url}${path}`)).bytes.equals(image)).toBe(true);
    const other = { range: 'bytes=5-', 'if-range': '"other"' };
    const { statusCode, body } = await request(`${origin.url}${path}`, { headers: other });
    await body.dump();
    expect(statusCode).toBe(200);
  });

  test('an origin is reached by its URL beside the default server of its port', async () => {
    await using origin = await startNginx(directory, (port) => {
      const url = `http://127.0.0.1:${port}`;
      const config = originConfig({ directory, url, upstreamUrl: 'http://127.0.0.1:9' });
      const other = `server { listen 127.0.0.1:${port} default_server; return 418; }`;
      return `${other} ${local(config, port)}`;
    });
    expect((await fetched(`${origin.url}${path}`, 'bytes=0-0')).status).toBe(206);
  });

  test.skipIf(!existsSync('/proc/net/if_inet6'))(
    'an origin whose URL has an IPv6 address, and a cache of it, are reached by IPv6',
    async () => {
      await using origin = await startNginx(directory, (port) => {
        const url = `http://[::1]:${port}`;
        const config = originConfig({ directory, url, upstreamUrl: 'http://127.0.0.1:9' });
        const other = `server { listen [::1]:${port} default_server; return 418; }`;
        return `${other} ${local(config, port)}`;
      });
      const byIPv6 = (url: string) => url.replace('127.0.0.1', '[::1]');
      await using edge = await startEdge(byIPv6(origin.url));
      for (const { url } of [origin, edge])
        expect((await fetched(`${byIPv6(url)}${path}`, 'bytes=0-0')).status).toBe(206);
    },
  );

  test('both files pass the engine’s own check', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nginx-'));
    try {
      for (const config of [
        originConfig({
          directory,
          url: 'http://192.0.2.1:8080',
          upstreamUrl: 'http://127.0.0.1:8081',
        }),
        edgeConfig({ originUrl: 'http://192.0.2.1:8080', port: 8080, cacheDirectory: `${dir}/c` }),
      ]) {
        await writeFile(
          join(dir, 'nginx.conf'),
          `pid ${dir}/pid; error_log stderr; events {} http { access_log off; ${config} }`,
        );
        const args = ['-t', '-p', dir, '-e', 'stderr', '-c', join(dir, 'nginx.conf')];
        const { stderr } = await execa('nginx', args);
        expect(stderr).toContain('test is successful');
      }
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

test.each([
  'http://a;b',
  'http://a b',
  'http://a/"',
  'http://a\nserver {',
  'ftp://a',
  'http://a?b',
  'http://a/b',
  'http://a/',
])('the URL %j gets into no config', (url) => {
  expect(() => edgeConfig({ originUrl: url, port: 1, cacheDirectory: '/c' })).toThrow(
    /^Cannot use /,
  );
  expect(() => originConfig({ directory: '/d', url: 'http://a', upstreamUrl: url })).toThrow(
    /^Cannot use /,
  );
});
test.each(['/a;b', '/a b', 'relative', '/a"', '/a\n}', '/a{', '/$uri'])(
  'the path %j gets into no config',
  (path) => {
    expect(() => edgeConfig({ originUrl: 'http://a', port: 1, cacheDirectory: path })).toThrow(
      /^Cannot use /,
    );
    expect(() =>
      originConfig({ directory: path, url: 'http://a', upstreamUrl: 'http://a' }),
    ).toThrow(/^Cannot use /);
  },
);
