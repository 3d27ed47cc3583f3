import { fetchAll } from '../fetch/fetch-all.ts';
import { openSource } from '../fetch/open-source.ts';
import type { SourceOptions } from '../fetch/source.ts';
import { readStream, type Stream } from './stream-metadata.ts';
import type { StreamPlace } from './stream-place.ts';

/** Those of Fedora CoreOS have some 100 KiB. */
export const streamLimitBytes = 4 * 1024 * 1024;

/** Fetches a stream's metadata, by one request; nothing of it is kept for a later run. */
export async function fetchStream(
  place: StreamPlace,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<Stream> {
  const source = openSource(place.url, { ...options, purpose: 'stream' });
  return readStream(await fetchAll(source, streamLimitBytes, signal), place);
}
