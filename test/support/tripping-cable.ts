import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { TestServer } from './fault-server.ts';

/**
 * A cable that trips: passes connections on to `targetPort`, and connection number `index` is cut
 * after so many bytes of the answer (headers included), as `cutAfterBytes(index)` says.
 */
export async function startTrippingCable(
  targetPort: number,
  cutAfterBytes: (index: number) => number | undefined,
): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createTcpServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let remaining = cutAfterBytes(count++) ?? Number.POSITIVE_INFINITY;
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
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
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: [],
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
      await closed;
    },
  };
}
