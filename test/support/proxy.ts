import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { listen } from './listen.ts';

export interface ProxiedRequest {
  readonly method: string;
  /** `host:port` of a CONNECT, else a whole URL. */
  readonly target: string;
  readonly authorization: string | undefined;
  /** Names of all header fields that the proxy saw. */
  readonly fields: readonly string[];
  /** Whether the client showed a certificate, where the proxy asks for one. */
  readonly showedCertificate: boolean;
}

export interface ProxyOptions {
  /** `user:password` that it asks for. */
  readonly credentials?: string;
  /** Answers requests for itself with this status. */
  readonly status?: number;
  /** What it does instead of answering request number `index`, from 0. */
  readonly fault?: (index: number) => 'close' | 'silent' | undefined;
  /** PEM texts: the proxy uses TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Requests a client certificate, and continues without one. */
  readonly asksForCertificate?: boolean;
}

export interface TestProxy extends AsyncDisposable {
  readonly url: URL;
  readonly requests: readonly ProxiedRequest[];
}

/** An HTTP proxy on 127.0.0.1: forwards requests for http://, and opens tunnels by CONNECT. */
export async function startProxy(options: ProxyOptions = {}): Promise<TestProxy> {
  const requests: ProxiedRequest[] = [];
  const expected = options.credentials && `Basic ${btoa(options.credentials)}`;

  /** The status that rejects a request; undefined: forward it. */
  const judge = ({ method, url, headers, socket }: IncomingMessage) => {
    const authorization = headers['proxy-authorization'];
    const fields = Object.keys(headers);
    const showedCertificate =
      socket instanceof TLSSocket && Object.keys(socket.getPeerCertificate()).length > 0;
    const target = url ?? '';
    requests.push({ method: method ?? '', target, authorization, fields, showedCertificate });
    if (expected !== undefined && authorization !== expected) return 407;
    return options.status;
  };
  const goesWrong = (socket: Socket) => {
    const fault = options.fault?.(requests.length - 1);
    if (fault === 'close') socket.destroy();
    return fault !== undefined;
  };

  const requestCert = options.asksForCertificate === true;
  const server = options.tls
    ? createTlsServer({ ...options.tls, requestCert, rejectUnauthorized: false })
    : createServer();
  server.on('request', (incoming: IncomingMessage, answer: ServerResponse) => {
    const status = judge(incoming);
    if (goesWrong(incoming.socket)) return;
    if (status !== undefined) {
      answer.writeHead(status).end();
      return;
    }
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const how = { headers, method: 'GET', agent: false } as const;
    const onward = request(incoming.url ?? '', how, (found) => {
      answer.writeHead(found.statusCode ?? 500, found.headers);
      found.pipe(answer);
      found.on('error', () => answer.destroy());
    });
    onward.on('error', () => answer.destroy()).end();
    answer.on('close', () => onward.destroy());
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    const status = judge(incoming);
    socket.on('error', () => undefined);
    if (goesWrong(socket)) return;
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} Whatever\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${incoming.url}`);
    const onward = connect(Number(port), hostname.replace(/^\[|\]$/g, ''), () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  const listening = await listen(server, { scheme: options.tls ? 'https' : 'http' });
  const [user = '', password = ''] = (options.credentials ?? '').split(':');
  const url = new URL(listening.url);
  url.username = user;
  url.password = password;
  return {
    url,
    requests,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}
