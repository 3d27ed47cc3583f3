import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../src/fetch/open-source.ts';
import type { Waiting } from '../../../src/fetch/source.ts';
import { failure } from '../../support/failure.ts';
import { digest, hasty, never, noise, readAll } from '../../support/read.ts';
import { type Fault, reservePort, startServer } from '../../support/servers.ts';

const image = noise(300_000);

/** A server with one image; its answers go wrong as told, one after the other, then right. */
const serve = (...faults: Fault[]) =>
  startServer({ files: { '/image': image }, fault: (index) => faults[index] });

test('a file comes as it is, with its size', async () => {
  await using server = await serve();
  const source = openSource(`${server.url}/image`, hasty);
  expect((await source.open(never)).sizeBytes).toBe(image.length);
  expect(digest(await readAll(source))).toBe(digest(image));
});

test('the request is plain: no compression, no path of its own, our name', async () => {
  await using server = await serve();
  await readAll(openSource(`${server.url}/image?a=1&b=%20#part`, hasty)).catch(() => undefined);
  expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/image?a=1&b=%20' });
  expect(server.requests[0]?.headers).toMatchObject({
    'accept-encoding': 'identity',
    'user-agent': expect.stringMatching(/^coreos-installer\/./),
  });
});

test.each<[string, Fault]>([
  ['chunked', { chunked: true }],
  ['ended by the connection, as in HTTP/1.0', { http10: true, contentLength: 'none' }],
])('a body %s comes whole, its size unknown', async (_, fault) => {
  await using server = await startServer({ files: { '/image': image }, fault: () => fault });
  const source = openSource(`${server.url}/image`, hasty);
  expect((await source.open(never)).sizeBytes).toBeUndefined();
  expect(digest(await readAll(source))).toBe(digest(image));
});

test('an empty file is empty', async () => {
  await using server = await startServer({ files: { '/image': new Uint8Array() } });
  expect(await readAll(openSource(`${server.url}/image`, hasty))).toHaveLength(0);
});

test.each([500, 502, 503, 504, 408, 425, 429])('status %i passes with time', async (status) => {
  await using server = await serve({ status }, { status });
  const waits: Waiting[] = [];
  const options = { ...hasty, onWait: (waiting: Waiting) => waits.push(waiting) };
  expect(digest(await readAll(openSource(`${server.url}/image`, options)))).toBe(digest(image));
  expect(waits.map(({ reason }) => reason)).toEqual([
    expect.stringContaining(String(status)),
    expect.stringContaining(String(status)),
  ]);
});

test.each([
  [404, 'file-not-found'],
  [410, 'file-not-found'],
  [403, 'http-forbidden'],
  [401, 'http-login-required'],
  [400, 'http-bad-request'],
  [418, 'http-unexpected-status'],
  [204, 'http-unexpected-status'],
  [206, 'http-unexpected-status'],
  [304, 'http-unexpected-status'],
] as const)('status %i is told at once', async (status, code) => {
  await using server = await serve({ status });
  const reading = readAll(openSource(`${server.url}/image`, hasty));
  await expect(reading).rejects.toThrow(failure(code));
  await expect(reading).rejects.toThrow(`${status} `);
  expect(server.requests).toHaveLength(1);
});

test.each([
  [
    'http-login-required',
    '',
    'NTLM',
    'asks for a login by NTLM (401 Unauthorized). A user name and',
  ],
  ['http-login-refused', 'me:x@', 'Negotiate, NTLM', 'asks for a login by Negotiate, NTLM (401'],
  [
    'http-login-refused',
    'me:x@',
    'Negotiate, Basic realm="a"',
    'refuses the user name and password',
  ],
  ['http-login-required', '', 'basic realm="a"', 'asks for a user name and password'],
] as const)('%s, with %j where the server offers %s', async (code, user, offered, words) => {
  await using server = await serve({ status: 401, headers: { 'WWW-Authenticate': offered } });
  const url = `${server.url.replace('//', `//${user}`)}/image`;
  const reading = readAll(openSource(url, hasty));
  await expect(reading).rejects.toThrow(failure(code));
  await expect(reading).rejects.toThrow(words);
});

test.each(['image', 'config'] as const)(
  'what is not there is told by its purpose: %s',
  async (purpose) => {
    await using server = await serve({ status: 404 });
    const code = `${purpose}-not-found` as const;
    for (const location of [`${server.url}/image`, '/nowhere/image', 'file:///nowhere/image'])
      await expect(readAll(openSource(location, { ...hasty, purpose }))).rejects.toThrow(
        failure(code),
      );
  },
);

test('a server that stays broken is given up, with its reason, tries and time', async () => {
  await using server = await startServer({ fault: () => ({ status: 503 }) });
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    /the server reports an error \(503 Service Unavailable\); tried \d+ times in 0 s\. Check the server's log/,
  );
  expect(server.requests.length).toBeGreaterThan(5);
});

test('Retry-After is obeyed', async () => {
  await using server = await serve({ status: 503, headers: { 'Retry-After': '1' } });
  const startMs = performance.now();
  await readAll(openSource(`${server.url}/image`, { ...hasty, retryForMs: 5_000 }));
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(1_000);
});

test('a server that starts late is waited for', async () => {
  const port = await reservePort();
  const { promise: waited, resolve } = Promise.withResolvers<Waiting>();
  const options = { ...hasty, retryForMs: 10_000, onWait: resolve };
  const reading = readAll(openSource(`http://127.0.0.1:${port}/image`, options));
  expect(await waited).toMatchObject({
    code: 'connection-refused',
    reason: `127.0.0.1:${port} refuses the connection`,
  });
  await using _server = await startServer({ port, files: { '/image': image } });
  expect(digest(await reading)).toBe(digest(image));
});

test('success on the last permitted try is success', async () => {
  await using server = await serve({ status: 503 });
  // One wait, longer than the time for retries: the second try is the last one.
  const options = { ...hasty, retryForMs: 50, backoff: () => 10_000 };
  expect(digest(await readAll(openSource(`${server.url}/image`, options)))).toBe(digest(image));
});

test('a refused connection says where', async () => {
  const port = await reservePort();
  const options = { ...hasty, retryForMs: 0 };
  await expect(readAll(openSource(`http://127.0.0.1:${port}/x`, options))).rejects.toThrow(
    `Cannot fetch http://127.0.0.1:${port}/x: 127.0.0.1:${port} refuses the connection. Check that`,
  );
});

test('a name that does not resolve says so', async () => {
  const options = { ...hasty, retryForMs: 0 };
  await expect(readAll(openSource('http://nowhere.invalid/x', options))).rejects.toThrow(
    expect.objectContaining({
      failure: expect.objectContaining({ code: expect.stringMatching(/^name-/) }),
    }),
  );
});

test.each(['l', 'lo0', 'no-such'])('an interface %s is not taken for another', async (zone) => {
  const reading = readAll(openSource(`http://[fe80::1%25${zone}]:1/x`, hasty));
  await expect(reading).rejects.toThrow(`there is no interface ${zone}`);
});

test('a server that accepts and never answers is given up', async () => {
  await using server = await startServer({ fault: () => ({ silent: true }) });
  const options = { ...hasty, retryForMs: 0 };
  await expect(readAll(openSource(`${server.url}/image`, options))).rejects.toThrow(
    failure('server-stalled'),
  );
});

test('what is not HTTP is told at once', async () => {
  await using server = await serve({ raw: 'SSH-2.0-OpenSSH_9.2\r\n' });
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    failure('not-http'),
  );
  expect(server.requests).toHaveLength(1);
});

const disk = Buffer.alloc(300_000);
disk.write('EFI PART', 512);
const config = Buffer.from('{"ignition": {"version": "3.0.0"}}\n');
const encoders = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
} as const;
const stored = {
  'a compressed disk': gzipSync(disk),
  'a disk in zstd': zstdCompressSync(disk),
  'a disk': disk,
  'a text': config,
  noise: image,
  'a very small file': Buffer.from([0x88]),
};

describe.each(Object.entries(encoders))('a label Content-Encoding: %s', (label, encoder) => {
  const served = (bytes: Uint8Array, headers = { 'Content-Encoding': label }) =>
    startServer({ files: { '/image': bytes }, fault: () => ({ headers }) });

  test.each(Object.entries(stored))('on %s as it is stored means nothing', async (_, bytes) => {
    await using server = await served(bytes);
    expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['a compressed disk', gzipSync(disk)],
    ['a text', config],
  ])('on %s that is encoded anew is believed', async (_, bytes) => {
    await using server = await served(encoder(bytes));
    await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
      `the server re-encodes the file on the way (Content-Encoding: ${label})`,
    );
    expect(server.requests).toHaveLength(1);
  });
});

test.each([
  '',
  ' ',
  'identity',
  'xz',
  'none',
  'utf-8',
  'aws-chunked',
  'binary',
  'gzip, aws-chunked',
])('a label Content-Encoding: %j means nothing', async (label) => {
  // An empty value has a name all the same: the server would leave that out.
  const raw = `HTTP/1.1 200 OK\r\nContent-Encoding: ${label}\r\nContent-Length: ${config.length}\r\n\r\n${config}`;
  await using server = await startServer({ fault: () => ({ raw }) });
  expect(await readAll(openSource(`${server.url}/image`, hasty))).toEqual(config);
});

test.each(['constructor', '__proto__'])('a label that every object has: %s', async (label) => {
  const headers = { 'Content-Encoding': label };
  await using server = await serve({ headers });
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(image));
});

test('a body in a transfer coding that nobody asked for is refused', async () => {
  await using server = await serve({
    headers: { 'Transfer-Encoding': 'gzip, chunked' },
    chunked: true,
  });
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    'the server re-encodes the file on the way (Transfer-Encoding: "gzip, chunked")',
  );
});

test('an address of IPv6 is an address', async () => {
  const server = createServer((_, answer) => answer.end(image));
  server.listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    // Only a link-local one is reached through an interface.
    for (const host of ['[::1]', '[::1%25no-such0]']) {
      const source = openSource(`http://${host}:${port}/image`, hasty);
      expect(digest(await readAll(source))).toBe(digest(image));
    }
  } finally {
    server.close();
  }
  await expect(
    readAll(openSource(`http://[::1]:${port}/image`, { ...hasty, retryForMs: 0 })),
  ).rejects.toThrow(`[::1]:${port} refuses the connection`);
});

test('ending the iteration early closes the connection', async () => {
  await using server = await serve({ drip: { pieceBytes: 1_000, everyMs: 5 } });
  for await (const _ of (await openSource(`${server.url}/image`, hasty).open(never)).bytes) {
    break;
  }
  await server.requests[0]?.closed;
  expect(server.requests[0]?.sentBytes).toBeLessThan(image.length);
});

test('aborting closes the connection of a body that nobody reads', async () => {
  await using server = await serve({ drip: { pieceBytes: 1_000, everyMs: 5 } });
  const stop = new AbortController();
  await openSource(`${server.url}/image`, hasty).open(stop.signal);
  stop.abort();
  await server.requests[0]?.closed;
  expect(server.requests[0]?.sentBytes).toBeLessThan(image.length);
});

test.each<[string, Fault]>([
  ['while the answer is awaited', { silent: true }],
  ['in the middle of the body', { stallAfterBytes: 1_000 }],
  ['while waiting for the next try', { status: 503 }],
])('aborting %s ends with the reason of the signal', async (_, fault) => {
  const stop = new AbortController();
  await using server = await startServer({
    files: { '/image': image },
    fault: () => {
      setTimeout(() => stop.abort(new Error('interrupted')), 20);
      return fault;
    },
  });
  const options = { ...hasty, stallTimeoutMs: 10_000, backoff: () => 10_000, retryForMs: 60_000 };
  const reading = readAll(openSource(`${server.url}/image`, options), stop.signal);
  await expect(reading).rejects.toThrow('interrupted');
});

test('a slow consumer slows the server down: no more is taken than a few buffers', async () => {
  const large = noise(32 * 1024 * 1024);
  await using server = await startServer({ files: { '/image': large } });
  const { bytes } = await openSource(`${server.url}/image`, hasty).open(never);
  const iterator = bytes[Symbol.asyncIterator]();
  await iterator.next();
  let before = -1;
  while (before !== server.requests[0]?.sentBytes) {
    before = server.requests[0]?.sentBytes ?? 0;
    await sleep(100);
  }
  // What the two kernels' socket buffers hold counts as sent.
  expect(before).toBeLessThan(16 * 1024 * 1024);
  await iterator.return?.();
});

test('a slow consumer is not taken for a stalled server', async () => {
  await using server = await serve();
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await openSource(`${server.url}/image`, hasty).open(never)).bytes) {
    if (chunks.push(chunk) === 1) {
      await sleep(400);
    }
  }
  expect(digest(Buffer.concat(chunks))).toBe(digest(image));
  expect(server.requests).toHaveLength(1);
});

test('the password of the URL is sent and never shown', async () => {
  await using server = await serve({}, { status: 401 });
  const source = openSource(`${server.url.replace('//', '//user:p%40ss@')}/image`, hasty);
  await readAll(source);
  expect(server.requests[0]?.headers.authorization).toBe(`Basic ${btoa('user:p@ss')}`);
  expect(source.name).toBe(`${server.url.replace('//', '//***@')}/image`);
  const failure = await readAll(source).catch((error) => error);
  expect(failure.message).toContain('the server refuses the user name and password');
  expect(failure.message).not.toContain('p%40ss');
});
