import { STATUS_CODES } from 'node:http';
import { lasting, passing, type Trouble } from './trouble.ts';

/** Explains what a proxy answers instead of forwarding the request. */
export function proxyTrouble(error: Error, url: URL, proxy: URL): Trouble | undefined {
  // undici's ProxyAgent has the status only in its message.
  const [, text] =
    /^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(error.message) ?? [];
  if (text === undefined) return undefined;
  const status = Number(text);
  const code = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  if (status === 407) {
    return proxy.username === ''
      ? lasting(
          'proxy-login-required',
          `the proxy asks for a user name and password (${code})`,
          'Put them into its URL, before the host: user:password@host.',
        )
      : lasting(
          'proxy-login-refused',
          `the proxy refuses the user name and password (${code})`,
          'Check them. They are sent as Basic authentication: the proxy must accept that, not only Negotiate, NTLM or Digest.',
        );
  }
  return status >= 500 || status === 408 || status === 429
    ? passing(
        'proxy-server-unreachable',
        `the proxy cannot reach ${url.host} (${code})`,
        'Check the server and the proxy.',
      )
    : lasting(
        'proxy-forbidden',
        `the proxy refuses connections to ${url.host} (${code})`,
        'Check its rules, or bypass the proxy for this host with --noproxy.',
      );
}
