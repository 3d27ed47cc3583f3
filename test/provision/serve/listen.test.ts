import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listen } from '../../../src/provision/serve/listen.ts';
import { FakeControl } from '../../support/fake-control.ts';
import { provisionServer } from '../../support/provision-server.ts';

let server: Awaited<ReturnType<typeof provisionServer<FakeControl>>>;
const sockets: Socket[] = [];
beforeEach(async () => {
  server = await provisionServer(new FakeControl());
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server[Symbol.asyncDispose]();
});

async function connected(): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

describe('what is too large is refused, before it is read as a whole', () => {
  test.each([
    ['a query', () => `GET /ipxe?serial=${'x'.repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a header field', () => `GET /ipxe HTTP/1.1\r\nHost: x\r\nX-Y: ${'x'.repeat(9000)}\r\n\r\n`],
    ['many header fields', () => `GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(2000)}\r\n`],
  ])('%s', async (_, request) => {
    const socket = await connected();
    socket.write(request());
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 431 /);
    expect(server.control.calls).toEqual([]);
  });

  test('a body, by what is announced and by what comes', async () => {
    const announced = await connected();
    announced.write('POST /v1/notice HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTpi\r\n');
    announced.write('Content-Length: 99999999\r\n\r\n');
    const [answer] = (await once(announced, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
    const chunked = await connected();
    chunked.write('POST /v1/notice HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTpi\r\n');
    chunked.write('Transfer-Encoding: chunked\r\n\r\n');
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
    for (let count = 0; count < 40; count += 1) chunked.write(chunk);
    const [late] = (await once(chunked, 'data')) as [Buffer];
    expect(late.toString()).toMatch(/^HTTP\/1\.1 413 /);
  });
});

test('what is no HTTP, or two requests that contradict each other, ends the connection', async () => {
  for (const request of [
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'POST /v1/notice HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    'GET /ipxe?mac= HTTP/1.1 x\r\nHost: x\r\n\r\n',
  ]) {
    const socket = await connected();
    socket.write(request);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
  }
});

test('a slow client is disconnected, and nobody waits for it', { timeout: 30_000 }, async () => {
  const slow = await connected();
  slow.write('GET /ipxe HTTP/1.1\r\nHost: x\r\n');
  const sending = setInterval(() => slow.write('X: y\r\n'), 500);
  const begunMs = performance.now();
  try {
    expect((await server.ask('/healthz')).text).toBe('ok\n');
    // Its own next write may fail first.
    await new Promise((resolve) => slow.once('close', resolve));
  } finally {
    clearInterval(sending);
  }
  expect(performance.now() - begunMs).toBeGreaterThan(9000);
});

test('the socket is for its owner; one that was left is replaced, one in use is not a port', async () => {
  expect(statSync(server.socket).mode & 0o777).toBe(0o600);
  const app = { routing: () => {} } as never;
  await expect(listen(app, { host: '127.0.0.1', port: server.port })).rejects.toThrow(
    `Cannot listen at 127.0.0.1, port ${server.port}: another program listens there.`,
  );
  await expect(listen(app, { host: '192.0.2.1', port: 0 })).rejects.toThrow(
    'this machine does not have the address',
  );
});

test('the page is sent with a policy that runs nothing else', async () => {
  const { status, headers, text: html } = await server.ask('/');
  expect(status).toBe(200);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(html).toMatch(/^<!doctype html>/i);
  expect((await server.ask('/x')).json()).toEqual({ error: 'There is nothing here.' });
});
