import type { Dispatcher } from 'undici';
import { trustedAuthorities } from './authorities.ts';
import { basicCredentials } from './credentials.ts';

export interface ConnectionOptions {
  readonly connectTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly extraCaPems: readonly string[];
  /** What this machine shows to a server that asks who it is. */
  readonly identity: ClientIdentity | undefined;
}

/** PEM texts of a certificate (with those between it and its authority) and its private key. */
export interface ClientIdentity {
  readonly cert: string;
  readonly key: string;
}

/** A host may have several addresses of which not all work; each gets so long. */
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
  const connect = await connectOptions(url, options, options.identity);
  if (proxy === undefined) return new undici.Agent({ connections: 1, connect });
  const token = basicCredentials(proxy);
  return new undici.ProxyAgent({
    uri: proxy.origin,
    ...(token && { token }),
    connections: 1,
    requestTls: connect,
    proxyTls: await connectOptions(proxy, options),
    clientFactory: (origin, more) =>
      new undici.Client(origin, { ...more, headersTimeout: options.stallTimeoutMs }),
  });
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
    ...(protocol === 'https:' && {
      secureContext: await makeSecureContext(extraCaPems, identity),
    }),
  };
}

async function makeSecureContext(extraCaPems: readonly string[], identity?: ClientIdentity) {
  const tls = await import('node:tls');
  return tls.createSecureContext({
    ca: trustedAuthorities(tls.rootCertificates, extraCaPems),
    minVersion: 'TLSv1.2',
    ...identity,
  });
}
