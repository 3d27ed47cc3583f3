import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';

test('a server that closes while the reader pauses costs nothing', async () => {
  const body = Buffer.alloc(2 * 1024 * 1024, 0x61);
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
      );
      socket.end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const signal = new AbortController().signal;
    const open = await openSource(`http://127.0.0.1:${port}/image`).open(signal);
    let receivedBytes = 0;
    for await (const bytes of open.bytes) {
      receivedBytes += bytes.length;
      // Long enough for the rest to arrive, with the end of the connection behind it.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(receivedBytes).toBe(body.length);
  } finally {
    server.close();
  }
});
