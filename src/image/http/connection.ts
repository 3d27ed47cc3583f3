import type { Agent } from 'undici';
import { trustedAuthorities } from './authorities.ts';

export interface ConnectionOptions {
  readonly connectTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly extraCaPems: readonly string[];
}

/** The modules and the certificates are read with the first connection: start-up stays quick. */
export async function openAgent(url: URL, options: ConnectionOptions): Promise<Agent> {
  const undici = await import('undici');
  const secureContext =
    url.protocol === 'https:' ? await makeSecureContext(options.extraCaPems) : undefined;
  return new undici.Agent({
    connections: 1,
    headersTimeout: options.stallTimeoutMs,
    // A stall is timed by the reader, who knows whether anybody wants bytes at the moment.
    bodyTimeout: 0,
    connect: {
      timeout: options.connectTimeoutMs,
      // The environment cannot switch checking off.
      rejectUnauthorized: true,
      ...(secureContext && { secureContext }),
    },
  });
}

async function makeSecureContext(extraCaPems: readonly string[]) {
  const tls = await import('node:tls');
  return tls.createSecureContext({
    ca: trustedAuthorities(tls.rootCertificates, extraCaPems),
    minVersion: 'TLSv1.2',
  });
}
