import { parseProxy } from '../../parameters/formats.ts';
import { bypassesProxy } from './no-proxy.ts';

/** The proxy for a URL; undefined for a direct connection. */
export type ProxyRule = (url: URL) => URL | undefined;

export interface ProxySettings {
  /** For every URL, in place of what the environment says. */
  readonly proxy: string | undefined;
  /** Hosts that need none, in place of what the environment says. */
  readonly noProxy: string | undefined;
}

/**
 * Decides as curl does: `http_proxy` for http://, `https_proxy` for https://, `all_proxy` where
 * the one is not set; `no_proxy` names hosts that need none. Each is read in upper case too, except
 * `HTTP_PROXY`: in a CGI program, a request can set that. Throws `ParameterError` for a value that
 * is not the URL of a proxy.
 */
export function proxyRule(
  { proxy, noProxy }: ProxySettings,
  env: Readonly<Record<string, string | undefined>>,
): ProxyRule {
  const fromEnvironment = (...names: string[]): URL | undefined => {
    const name = names.find((candidate) => env[candidate]);
    const text = env[name ?? ''];
    return text ? parseProxy(text, `the environment variable ${name}`) : undefined;
  };
  const given = proxy === undefined ? undefined : parseProxy(proxy, '--proxy');
  const proxies: Readonly<Record<string, URL | undefined>> = {
    'http:': given ?? fromEnvironment('http_proxy', 'all_proxy', 'ALL_PROXY'),
    'https:': given ?? fromEnvironment('https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'),
  };
  const without = noProxy ?? (env['no_proxy'] || env['NO_PROXY'] || '');
  return (url) => (bypassesProxy(without, url) ? undefined : proxies[url.protocol]);
}
