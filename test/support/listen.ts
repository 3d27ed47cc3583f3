import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { LoggedRequest, TestServer } from './fault-server.ts';

/**
 * Listens on 127.0.0.1, on `port` or any free one. Disposing ends the server, and the connections
 * in `sockets` with it.
 */
export async function listen(
  server: Server,
  sockets: ReadonlySet<Socket>,
  options: {
    readonly port?: number | undefined;
    readonly scheme?: 'http' | 'https';
    readonly requests?: readonly LoggedRequest[];
  } = {},
): Promise<TestServer> {
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.scheme ?? 'http'}://127.0.0.1:${port}`,
    port,
    requests: options.requests ?? [],
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
