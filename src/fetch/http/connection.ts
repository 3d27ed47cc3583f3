import { readFileSync } from 'node:fs';
import type { PeerCertificate } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import { basicCredentials } from '../../lib/url.ts';
import { trustedCaCertificates } from './ca-certificates.ts';
import { longestHeadBytes, readLeniently } from './lenient-head.ts';
import { noteProxyError } from './tls-peer.ts';

type Connector = buildConnector.connector;

export interface ConnectionOptions {
  readonly connectTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly extraCaPems: readonly string[];
  /** For a server that asks for a client certificate. */
  readonly identity: ClientIdentity | undefined;
  /** The interface through which a link-local address of IPv6 is reached. */
  readonly zone?: string | undefined;
}

/** PEM texts of a certificate (with the intermediate ones up to its CA) and its private key. */
export interface ClientIdentity {
  readonly cert: string;
  readonly key: string;
}

/** Node's own limit, which undici takes, is a quarter of that. */
const maxHeaderSize = longestHeadBytes;

/** For each address of a host, which may have several of which not all work. */
const addressTimeoutMs = 2_500;

/**
 * What sends requests for `url`, through `proxy` where there is one: by CONNECT for https://. The
 * modules and the certificates are read with the first connection: start-up stays quick.
 */
export async function openDispatcher(
  url: URL,
  proxy: URL | undefined,
  options: ConnectionOptions,
): Promise<Dispatcher> {
  const undici = await import('undici');
  const { zone } = options;
  const connect = await connectOptions(url, options, options.identity);
  if (proxy === undefined) {
    const connector = undici.buildConnector(connect);
    return new undici.Agent({ connections: 1, maxHeaderSize, connect: lenient(connector, zone) });
  }
  const token = basicCredentials(proxy);
  return new undici.ProxyAgent({
    uri: proxy.origin,
    ...(token && { token }),
    connections: 1,
    requestTls: connect,
    proxyTls: await connectOptions(proxy, options),
    // To the proxy, for CONNECT.
    clientFactory: (origin, more) => {
      const connect = noting(noteProxyError, (more as { connect: Connector }).connect);
      return client(origin, { ...more, connect, headersTimeout: options.stallTimeoutMs });
    },
    // Through it: forwarded requests, or a tunnel.
    factory: client,
  });

  function client(origin: string | URL, more: object): Dispatcher {
    const { connect } = more as { connect: Connector };
    return new undici.Client(origin, { ...more, maxHeaderSize, connect: lenient(connect) });
  }
}

/** Connects in the same way; `note` gets the errors. */
function noting(note: (error: Error) => void, connector: Connector): Connector {
  return (options, callback) =>
    connector(options, (...[error, socket]) => {
      if (error !== null) note(error);
      return error === null ? callback(null, socket) : callback(error, null);
    });
}

/** Connects in the same way, and reads what comes as leniently as is safe. */
function lenient(connector: Connector, zone?: string): Connector {
  return (options, callback) => {
    if (zone !== undefined && !isInterface(zone)) {
      // The system would use any other one.
      callback(Object.assign(new Error(`no interface ${zone}`), { code: 'ENODEV' }), null);
      return;
    }
    const hostname = zone === undefined ? options.hostname : `${options.hostname}%${zone}`;
    connector({ ...options, hostname }, (...[error, socket]) =>
      error === null ? callback(null, readLeniently(socket)) : callback(error, null),
    );
  };
}

/** By its name or its number. */
function isInterface(zone: string): boolean {
  if (/^\d+$/.test(zone)) return true;
  const lines = readFileSync('/proc/net/dev', 'latin1').split('\n');
  return lines.some((line) => line.trimStart().startsWith(`${zone}:`));
}

async function connectOptions(
  { protocol }: URL,
  { connectTimeoutMs, extraCaPems }: ConnectionOptions,
  identity?: ClientIdentity,
) {
  return {
    timeout: connectTimeoutMs,
    autoSelectFamilyAttemptTimeout: addressTimeoutMs,
    // One connection carries one download: there is nothing to gain from more streams in it.
    allowH2: false,
    // The environment cannot switch checking off.
    rejectUnauthorized: true,
    ...(protocol === 'https:' && (await tlsOptions(extraCaPems, identity))),
  };
}

async function tlsOptions(extraCaPems: readonly string[], identity?: ClientIdentity) {
  const tls = await import('node:tls');
  const secureContext = tls.createSecureContext({
    ca: trustedCaCertificates(tls.rootCertificates, extraCaPems),
    // As curl does it: an intermediate CA may be the one that is trusted.
    allowPartialTrustChain: true,
    minVersion: 'TLSv1.2',
    ...identity,
  });
  // A certificate names an address without its zone.
  const checkServerIdentity = (host: string, certificate: PeerCertificate) =>
    tls.checkServerIdentity(host.replace(/%.*$/, ''), certificate);
  return { secureContext, checkServerIdentity };
}
