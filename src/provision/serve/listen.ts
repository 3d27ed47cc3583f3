import { once } from 'node:events';
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server as NetServer, Socket } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { ParameterError } from '../../lib/errors.ts';

/** Where to listen: an address and a port, with TLS if there is a certificate; or a Unix socket. */
export type Listen =
  | {
      /** Absent: all of this machine. */
      readonly address?: string | undefined;
      readonly port: number;
      readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
    }
  | { readonly path: string };

/** The operators’, of a fleet’s directory. */
export const socketPath = (directory: string) => join(directory, 'state/control.sock');

/** What a client may take, which keeps slow and greedy ones from the others. */
const limits: ServerOptions = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 1000,
};
const idleMs = 60_000;
const maxConnections = 20_000;

/** Listens in one more place; resolves when it does. Throws a `ParameterError` where it cannot. */
export async function listen(app: FastifyInstance, where: Listen): Promise<Server> {
  const answer = (
    request: Parameters<typeof app.routing>[0],
    response: Parameters<typeof app.routing>[1],
  ) => app.routing(request, response);
  const server =
    'tls' in where && where.tls !== undefined
      ? createTlsServer({ ...limits, ...where.tls, minVersion: 'TLSv1.2' }, answer)
      : createServer(limits, answer);
  server.maxConnections = maxConnections;
  server.timeout = idleMs;
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) =>
    refuseClient(socket as Socket, code),
  );
  try {
    if ('path' in where) {
      removeOldSocket(where.path);
      server.listen(where.path);
    } else server.listen(where.port, where.address);
    await once(server, 'listening');
    // Connecting is an action's permission: the file's owner and root have it.
    if ('path' in where) chmodSync(where.path, 0o600);
  } catch (error) {
    server.close();
    throw cannotListen(where, error as NodeJS.ErrnoException);
  }
  return server;
}

/** Ends connections: idle ones at once, the others after what they are doing, but after 5 s. */
export async function stopListening(servers: readonly NetServer[]): Promise<void> {
  await Promise.all(
    servers.map(async (server) => {
      const closed = once(server, 'close');
      server.close();
      const late = setTimeout(() => (server as Server).closeAllConnections(), 5000);
      (server as Server).closeIdleConnections();
      await closed;
      clearTimeout(late);
    }),
  );
}

/** Of a request that is none, or is too large or too slow. */
function refuseClient(socket: Socket, code: string | undefined): void {
  const status = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }[code ?? ''] ?? 400;
  const text = `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  if (socket.writable && socket.bytesWritten === 0) socket.write(text);
  // Not only its writing end: the client need not end its own.
  socket.destroy();
}

function removeOldSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path);
}

function cannotListen(where: Listen, { code, message }: NodeJS.ErrnoException): ParameterError {
  const name =
    'path' in where ? where.path : `${where.address ?? 'all addresses'}, port ${where.port}`;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there',
    EADDRNOTAVAIL: 'this machine does not have the address',
    EACCES: 'this user must not',
  };
  return new ParameterError({
    code: 'cannot-listen',
    failed: `Cannot listen at ${name}`,
    why: reasons[code ?? ''] ?? message,
    next: 'Choose another address or port with --listen, or stop the other program.',
  });
}
