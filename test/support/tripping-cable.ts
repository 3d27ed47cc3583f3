import { connect, createServer as createTcpServer } from 'node:net';
import type { TestServer } from './fault-server.ts';
import { listen } from './listen.ts';

/**
 * An unreliable cable: forwards connections to `targetPort`, and cuts connection number `index` after
 * `cutAfterBytes(index)` bytes of the response (headers included).
 */
export async function startTrippingCable(
  targetPort: number,
  cutAfterBytes: (index: number) => number | undefined,
): Promise<TestServer> {
  let count = 0;
  const server = createTcpServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let remaining = cutAfterBytes(count++) ?? Number.POSITIVE_INFINITY;
    for (const socket of [client, target]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        target.destroy();
      });
    }
    client.pipe(target);
    target.on('data', (bytes: Buffer) => {
      const passed = bytes.subarray(0, remaining);
      remaining -= passed.length;
      target.pause();
      client.write(passed, () => (remaining === 0 ? client.destroy() : target.resume()));
    });
  });
  return await listen(server);
}
