import { ParameterError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { parseUrl } from '../lib/url.ts';
import { describeOrigin, type Resolved } from '../parameters/parameters.ts';

/** Where Fedora CoreOS publishes its streams. */
export const defaultBaseUrl = 'https://builds.coreos.fedoraproject.org/streams/';

/** Those of Fedora CoreOS; a server of one's own may have others. */
export const knownStreams = ['stable', 'testing', 'next'] as const;

/** Where a stream's metadata is. */
export interface StreamPlace {
  /** As it was given, for messages: `stable`, or a URL with its secrets masked. */
  readonly name: string;
  readonly url: string;
  /**
   * Whether what the metadata names may be fetched without TLS: only where the user gave an http
   * URL for the metadata itself.
   */
  readonly allowsHttp: boolean;
}

/**
 * The place of a stream that is given by name, below a base URL, or by the URL of its metadata.
 * `ParameterError` for anything else.
 */
export function streamPlace(
  stream: Resolved<string>,
  baseUrl: Resolved<string> | undefined,
): StreamPlace {
  const { value } = stream;
  if (/^https?:/i.test(value)) return { name: maskUrl(value), ...checkUrl(stream, value) };
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(value)) {
    throw new ParameterError({
      code: 'invalid-stream',
      failed: `Cannot use ${JSON.stringify(value)} from ${describeOrigin(stream.origin)} as a stream`,
      why: 'it is neither a name of letters, digits, dots and hyphens, nor an http or https URL',
      next: `Give ${knownStreams.join(', ')}, or the URL of a stream's metadata.`,
    });
  }
  const base = baseUrl?.value ?? defaultBaseUrl;
  const url = `${base.replace(/\/*$/, '/')}${value}.json`;
  return { name: value, ...checkUrl(baseUrl ?? { ...stream, value: base }, url) };
}

function checkUrl(given: Resolved<string>, url: string): Pick<StreamPlace, 'url' | 'allowsHttp'> {
  // The URL parser would take the first name of the path for the host.
  const parsed = /^https?:\/\/[^/\\?#]/i.test(given.value) ? parseUrl(url)?.url : undefined;
  if (parsed?.protocol === 'https:' || parsed?.protocol === 'http:')
    return { url, allowsHttp: parsed.protocol === 'http:' };
  throw new ParameterError({
    code: 'invalid-url',
    failed: `Cannot use ${JSON.stringify(maskUrl(given.value))} from ${describeOrigin(given.origin)} for stream metadata`,
    why: 'it is not an http or https URL',
    next: `Give a URL such as ${defaultBaseUrl}.`,
  });
}
