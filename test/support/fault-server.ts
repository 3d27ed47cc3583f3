import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { chunk, type Fault, respond, type ServedFiles } from './http-response.ts';
import { listen } from './listen.ts';

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  status: number;
  /** Bytes of the body that were handed to the socket. */
  sentBytes: number;
  /** Settles when the connection is closed. */
  readonly closed: Promise<unknown>;
}

export interface ServerOptions {
  /** Files by path: `/image.raw`. */
  readonly files?: ServedFiles;
  /** The fault of request number `index` (from 0, over all paths). */
  readonly fault?: (index: number, request: IncomingMessage) => Fault | undefined;
  /** From `reservePort`; default: any free one. */
  readonly port?: number;
  /** PEM texts: the server speaks TLS. With `ca`, it asks for a client certificate of that one. */
  readonly tls?: {
    readonly key: string;
    readonly cert: string;
    readonly ca?: string;
    readonly maxVersion?: 'TLSv1.2';
  };
}

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a final slash. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly LoggedRequest[];
}

/** Our own HTTP server, on 127.0.0.1, with exactly the faults that a test specifies. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const requests: LoggedRequest[] = [];
  const onRequest = (request: IncomingMessage) => {
    const { socket } = request;
    const logged: LoggedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      status: 0,
      sentBytes: 0,
      closed: new Promise((resolve) => socket.once('close', resolve)),
    };
    const index = requests.push(logged) - 1;
    const fault = options.fault?.(index, request) ?? {};
    answer(socket, request, fault, options.files ?? {}, logged).catch(() => socket.destroy());
  };
  const server = options.tls
    ? createTlsServer({ ...options.tls, requestCert: options.tls.ca !== undefined }, onRequest)
    : createServer(onRequest);
  server.keepAliveTimeout = 0;
  return await listen(server, {
    port: options.port,
    scheme: options.tls ? 'https' : 'http',
    requests,
  });
}

/** Writes the whole response directly: Node's own server cannot send these faults. */
async function answer(
  socket: Socket,
  request: IncomingMessage,
  fault: Fault,
  files: ServedFiles,
  logged: LoggedRequest,
): Promise<void> {
  if (fault.silent) {
    return;
  }
  if (fault.raw !== undefined) {
    socket.end(fault.raw);
    return;
  }
  const { status, headers, body } = respond(request, fault, files);
  logged.status = status;
  const version = fault.http10 ? '1.0' : '1.1';
  const fields = Object.entries({ ...headers, ...fault.headers }).filter(
    ([, value]) => value !== '',
  );
  const head = [`HTTP/${version} ${status} Whatever`, ...fields.map((field) => field.join(': '))];
  const again = head.filter((field) => fault.sloppy && field.startsWith('Content-Length'));
  const lineEnd = fault.sloppy ? '\n' : '\r\n';
  await send(socket, Buffer.from([...head, ...again, '', ''].join(lineEnd), 'latin1'));
  const end = Math.min(fault.cutAfterBytes ?? body.length, fault.stallAfterBytes ?? body.length);
  const pieceBytes = fault.drip?.pieceBytes ?? 64 * 1024;
  for (let at = 0; at < end; at += pieceBytes) {
    const piece = body.subarray(at, Math.min(at + pieceBytes, end));
    await send(socket, fault.chunked ? chunk(piece) : piece);
    logged.sentBytes += piece.length;
    if (fault.drip && (fault.drip.pauses?.() ?? true)) {
      await sleep(fault.drip.everyMs);
    }
  }
  if (fault.stallAfterBytes !== undefined) {
    return;
  }
  if (fault.reset) {
    socket.resetAndDestroy();
  } else if (fault.chunked && fault.cutAfterBytes === undefined) {
    socket.end('0\r\n\r\n');
  } else {
    socket.end();
  }
}

function send(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
