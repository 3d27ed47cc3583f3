import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';
import { listen } from '../../../support/listen.ts';

it('a piece of a few bytes does not keep all that came with it', async () => {
  const chunks = 20;
  const extension = `;x=${'y'.repeat(60_000)}`;
  const raw = createServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let index = 0; index < chunks; index += 1) socket.write(`1${extension}\r\nB\r\n`);
    socket.end('0\r\n\r\n');
  });
  await using server = await listen(raw);
  const open = await openSource(server.url).open(new AbortController().signal);
  let received = 0;
  for await (const piece of open.bytes) {
    received += piece.length;
    expect(piece.buffer.byteLength).toBeLessThanOrEqual(4 * piece.length);
  }
  expect(received).toBe(chunks);
});
