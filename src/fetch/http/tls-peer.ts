import type { Hop } from './trouble.ts';

const proxyErrors = new WeakSet<Error>();

/** This error came while connecting to a proxy, before there was a tunnel through it. */
export function noteProxyError(error: Error): void {
  proxyErrors.add(error);
}

/** Whose TLS failed: that of the proxy, or that of the server, also in a tunnel. */
export function tlsPeer(error: Error, { url, proxy }: Hop): URL {
  if (proxy?.protocol !== 'https:') return url;
  return url.protocol === 'http:' || proxyErrors.has(error) ? proxy : url;
}
