import { maskUrl } from '../lib/mask-url.ts';

/** Where Fedora CoreOS publishes its streams. */
export const defaultBaseUrl = 'https://builds.coreos.fedoraproject.org/streams/';

/** The one that is meant where none is named. */
export const defaultStream = 'stable';

/** Where the metadata of a stream is. */
export interface StreamPlace {
  /** As it was given, for messages: `stable`, or a URL with its secrets masked. */
  readonly name: string;
  readonly url: string;
  /** Whether it was given by its name, which the metadata must have, too. */
  readonly isNamed: boolean;
  /** Whether no URL of its server was given: tokens and the client certificate are for others. */
  readonly isDefault: boolean;
  /**
   * Whether what the metadata names may be fetched without TLS: only if the user gave an http URL
   * for the metadata itself.
   */
  readonly allowsHttp: boolean;
}

/** The place of a stream that is given by its name, below a base URL, or by the URL of its metadata. */
export function streamPlace(stream: string, baseUrl: string | undefined): StreamPlace {
  const isNamed = !/^https?:/i.test(stream);
  const url = isNamed
    ? `${(baseUrl ?? defaultBaseUrl).replace(/\/*$/, '/')}${stream}.json`
    : stream;
  const isDefault = isNamed && (baseUrl ?? defaultBaseUrl) === defaultBaseUrl;
  return { name: maskUrl(stream), url, isNamed, isDefault, allowsHttp: /^http:/i.test(url) };
}
