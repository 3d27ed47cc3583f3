import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { LoggedRequest, TestServer } from './fault-server.ts';

/** Of all servers of this process, each with the server's port. */
const connections = new Map<Socket, number | undefined>();

/** The connections that are open at servers of this process now, in words. */
export function openConnections(): string[] {
  return [...connections.values()].map((port) => `a connection to the server at port ${port}`);
}

/**
 * Listens on 127.0.0.1, on `port` or any free one. Disposing ends the server, and all connections
 * with it.
 */
export async function listen(
  server: Server,
  options: {
    readonly port?: number | undefined;
    readonly scheme?: 'http' | 'https';
    readonly requests?: readonly LoggedRequest[];
  } = {},
): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    connections.set(socket, socket.localPort);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      connections.delete(socket);
    });
  });
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
