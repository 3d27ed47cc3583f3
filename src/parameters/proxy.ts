import { ParameterError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';

/**
 * The URL of a proxy; `host:3128` alone is an HTTP proxy, as for curl. `from` says where the text
 * comes from. Throws `ParameterError` for what is no http:// or https:// proxy.
 */
export function parseProxy(text: string, from: string): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const known = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (known && !/\s/.test(text)) return url;
  throw new ParameterError({
    code: 'invalid-proxy',
    failed: `Cannot use ${JSON.stringify(maskUrl(text))} from ${from} as a proxy`,
    why: 'it is not the http:// or https:// URL of one',
    next: 'Write it as http://host:3128. A user name and password stand before the host: user:password@host.',
  });
}
