import { STATUS_CODES } from 'node:http';
import { lasting, passing, type Trouble } from './trouble.ts';

/** Explains what a proxy answers instead of handing on the request. */
export function proxyTrouble(error: Error, url: URL, proxy: URL): Trouble | undefined {
  // undici's ProxyAgent tells the status in its message only.
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
          'Check them.',
        );
  }
  return status >= 500 || status === 408 || status === 429
    ? passing(
        'proxy-server-unreachable',
        `the proxy does not reach ${url.host} (${code})`,
        'Check the server and the proxy.',
      )
    : lasting(
        'proxy-forbidden',
        `the proxy does not let anybody to ${url.host} (${code})`,
        'Check its rules, or leave the proxy out for this host with --noproxy.',
      );
}
