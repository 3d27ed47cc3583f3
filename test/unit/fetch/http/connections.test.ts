import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';
import { postJson } from '../../../../src/notify/post.ts';
import { listen } from '../../../support/listen.ts';
import { digest, hasty, noise, readAll } from '../../../support/read.ts';
import { type Fault, keptOpen, startServer } from '../../../support/servers.ts';

const image = noise(3_000_000);
const files = { '/image': image, '/small': image.subarray(0, 1000) };

/** A server that never ends a connection by itself, as one that keeps them alive. */
const keeping = (...faults: Fault[]) =>
  startServer({
    files,
    fault: (index) => {
      const headers = { ...keptOpen.headers, ...faults[index]?.headers };
      return { ...keptOpen, ...faults[index], headers };
    },
  });

describe('a connection that is kept open at the server is closed, and nothing listens any more,', () => {
  const uses: Record<string, [Fault[], (url: string, signal: AbortSignal) => Promise<unknown>]> = {
    'when all was read': [
      [],
      async (url, signal) => {
        const bytes = await readAll(openSource(`${url}/image`, hasty), signal);
        expect(digest(bytes)).toBe(digest(image));
      },
    ],
    'when the reader has enough': [
      [],
      async (url, signal) => {
        const { bytes } = await openSource(`${url}/image`, hasty).open(signal);
        for await (const _ of bytes) break;
      },
    ],
    'when the end alone was asked for': [
      [],
      (url, signal) => openSource(`${url}/image`, hasty).tail(1000, image.length, signal),
    ],
    'after a redirect': [
      [{ status: 302, headers: { Location: '/small' } }],
      (url, signal) => readAll(openSource(`${url}/image`, hasty), signal),
    ],
    'after a refusal': [
      [{ status: 403 }],
      async (url, signal) => {
        const opening = openSource(`${url}/image`, hasty).open(signal);
        await expect(opening).rejects.toThrow('403');
      },
    ],
    'when the next try succeeds': [
      [{ status: 503 }, { status: 503 }],
      (url, signal) => readAll(openSource(`${url}/image`, hasty), signal),
    ],
    'when it stalls, and the rest comes by another': [
      [{ stallAfterBytes: 1_000_000 }],
      async (url, signal) => {
        const bytes = await readAll(openSource(`${url}/image`, hasty), signal);
        expect(digest(bytes)).toBe(digest(image));
      },
    ],
    'when a notice was sent': [
      [],
      (url, signal) => postJson(`${url}/small`, { a: 1 }, { source: hasty, retryForMs: 0 }, signal),
    ],
  };
  for (const [name, [faults, use]] of Object.entries(uses))
    test(name, { timeout: 20_000 }, async () => {
      await using server = await keeping(...faults);
      const { signal } = new AbortController();
      await use(server.url, signal);
      expect(server.requests.length).toBeGreaterThan(0);
      await Promise.all(server.requests.map(({ closed }) => closed));
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });
});

test('nor is one kept whose body was read to its end', { timeout: 20_000 }, async () => {
  const keepAlive = createServer((_, response) => {
    response.setHeader('Keep-Alive', 'timeout=600');
    response.write(image.subarray(0, 100_000));
    response.end(image.subarray(100_000));
  });
  keepAlive.keepAliveTimeout = 0;
  const closed: Promise<unknown>[] = [];
  keepAlive.on('connection', (socket) => {
    closed.push(once(socket, 'close'));
  });
  await using server = await listen(keepAlive);
  const { signal } = new AbortController();
  expect(digest(await readAll(openSource(server.url, hasty), signal))).toBe(digest(image));
  expect(closed).toHaveLength(1);
  await Promise.all(closed);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('an interface may be named by its number', async () => {
  const fetching = readAll(openSource('http://[fe80::1%251]:9/image', { ...hasty, retries: 0 }));
  await expect(fetching).rejects.toThrow(/^(?!.*there is no interface)/s);
});
