import { basename } from 'node:path';
import { isMarkup } from '../decode/foreign-data.ts';
import { fetchAll } from '../fetch/fetch-all.ts';
import type { ByteSource } from '../fetch/source.ts';
import { InputError } from '../lib/errors.ts';
import { parseUrl } from '../lib/url.ts';
import { digestIn } from './checksum-file.ts';
import type { ExpectedDigest } from './expected-digest.ts';

const limitBytes = 1024 * 1024;

/** Fetches a checksum file and looks the image at `location` (URL or path) up in it. */
export async function fetchChecksum(
  source: ByteSource,
  location: string,
  signal: AbortSignal,
): Promise<ExpectedDigest> {
  const bytes = await fetchAll(source, limitBytes, signal);
  if (isMarkup(bytes)) {
    throw new InputError({
      code: 'checksum-file-unusable',
      failed: `Cannot use ${source.name} as checksum file`,
      why: 'it is a web page',
      next: 'Check the URL: the server may have answered with an error page or a login.',
    });
  }
  const text = new TextDecoder().decode(bytes);
  return { ...digestIn(text, fileNameOf(location), source.name), from: source.name };
}

/** The last part of a URL's path, without its escapes, or of a file's path. */
export function fileNameOf(location: string): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(location) ? parseUrl(location)?.url : undefined;
  if (url === undefined) return basename(location);
  const last = url.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
