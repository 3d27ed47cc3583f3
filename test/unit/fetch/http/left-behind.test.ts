import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { sendRequest } from '../../../../src/fetch/http/request.ts';
import { requestOptions } from '../../../../src/fetch/http-source.ts';
import { openSource } from '../../../../src/fetch/open-source.ts';
import { listen } from '../../../support/listen.ts';
import { hasty, readAll } from '../../../support/read.ts';
import { type Fault, startServer } from '../../../support/servers.ts';

/** A server, also as a proxy, that would keep every connection for the next request. */
async function keepingServer() {
  const sockets = new Set<Socket>();
  const server = createServer({ keepAliveTimeout: 600_000 }, ({ url = '' }, answer) => {
    const status = url.endsWith('/missing') ? 404 : 302;
    if (url.endsWith('/image')) answer.end('an image');
    else if (url.endsWith('/re-encoded'))
      answer.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('a text'));
    else answer.writeHead(status, { Location: '/image' }).end('no image');
  });
  let closed: (() => void) | undefined;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) closed?.();
    });
  });
  const listening = await listen(server);
  return {
    ...listening,
    /** Settles when no connection is open any more. */
    allClosed: () =>
      new Promise<void>((resolve) => {
        closed = resolve;
        if (sockets.size === 0) resolve();
      }),
  };
}

test.each(['/image', '/redirect', '/missing', '/re-encoded'])(
  'no connection stays open behind %s, though the server would keep it',
  async (path) => {
    await using server = await keepingServer();
    await readAll(openSource(server.url + path, hasty)).catch(() => undefined);
    await server.allClosed();
    const through = { ...hasty, proxyFor: () => new URL(server.url) };
    await readAll(openSource(`http://host.invalid${path}`, through)).catch(() => undefined);
    await server.allClosed();
  },
);

test.each<[string, Fault[]]>([
  ['an answer', []],
  ['redirects', [{ redirectTo: '/image' }, { redirectTo: '/image?' }]],
  ['no such file', [{ status: 404 }]],
  ['what is no HTTP', [{ raw: 'SSH-2.0-OpenSSH_9.2\r\n' }]],
  ['a connection that breaks', [{ raw: '' }]],
])('nothing of a request waits for the signal after %s', async (_, faults) => {
  await using server = await startServer({
    files: { '/image': Buffer.from('an image') },
    fault: (index) => faults[index],
  });
  const { signal } = new AbortController();
  const url = new URL(`${server.url}/image`);
  const sent = sendRequest(url, [200], {}, requestOptions(hasty), signal);
  const answer = await sent.catch(() => undefined);
  while ((await answer?.read()) !== undefined);
  answer?.[Symbol.dispose]();
  await vi.waitFor(() => expect(getEventListeners(signal, 'abort')).toHaveLength(0));
});
