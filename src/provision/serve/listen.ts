import { once } from 'node:events';
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ListenOptions } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { ParameterError } from '../../lib/errors.ts';
import { GrubResponse } from './grub-response.ts';

/** An address and a port, with TLS if there is a certificate; or the path of a Unix socket. */
export interface Listen extends Pick<ListenOptions, 'host' | 'port' | 'path'> {
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
}

/** The operators’, of a fleet’s directory. */
export const socketPath = (directory: string) => join(directory, 'state/control.sock');

/** What a client may take, which keeps slow and greedy ones from the others. */
const limits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 1000,
  ServerResponse: GrubResponse,
} satisfies ServerOptions;
const idleMs = 60_000;
const maxConnections = 20_000;

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EACCES: 'this user must not',
};

/** Listens in one more place; resolves when it does. Throws a `ParameterError` where it cannot. */
export async function listen({ routing }: FastifyInstance, where: Listen): Promise<Server> {
  const { host = 'all addresses', port, path, tls } = where;
  const server = tls
    ? createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.2' }, routing)
    : createServer(limits, routing);
  server.maxConnections = maxConnections;
  server.timeout = idleMs;
  try {
    // One that a server has left.
    if (path && lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path);
    server.listen(where);
    await once(server, 'listening');
    // Connecting is an action's permission: the file's owner and root have it.
    if (path) chmodSync(path, 0o600);
  } catch (error) {
    server.close();
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new ParameterError({
      code: 'cannot-listen',
      failed: `Cannot listen at ${path ?? `${host}, port ${port}`}`,
      why: reasons[code] ?? message,
      next: 'Choose another address or port with --listen, or stop the other program.',
    });
  }
  return server;
}

/** Ends connections: idle ones at once, the others after what they are doing, but after 5 s. */
export async function stopListening(servers: readonly Server[]): Promise<void> {
  const late = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, 5000);
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  clearTimeout(late);
}
