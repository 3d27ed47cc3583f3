import { fetchAll } from '../image/fetch-all.ts';
import { isMarkup } from '../image/foreign.ts';
import { NotFoundError } from '../image/not-found.ts';
import { openSource, type SourceOptions } from '../image/source.ts';

const suffixes = ['.sig', '.asc'];
const limitBytes = 1024 * 1024;

export interface FoundSignature {
  /** The URL with its password masked, or the path. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Looks for a detached signature beside the image at `location`: the same URL or path with `.sig`,
 * then with `.asc`. Where there is none, says what was found instead, a clause for each place. A
 * server that has no such file is asked once; what may pass is retried, as for everything else.
 */
export async function findSignature(
  location: string,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<FoundSignature | { readonly instead: readonly string[] }> {
  const instead: string[] = [];
  for (const suffix of suffixes) {
    const source = openSource(withSuffix(location, suffix), options);
    try {
      const bytes = await fetchAll(source, limitBytes, signal);
      if (!isMarkup(bytes)) return { name: source.name, bytes };
      instead.push(`${source.name} is a web page`);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      instead.push(`${source.name}: ${error.failure.why}`);
    }
  }
  return { instead };
}

/** Appended to the path, before a URL's query. */
export function withSuffix(location: string, suffix: string): string {
  const [, path = '', query = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^?#]*)(.*)$/is.exec(location) ?? [];
  return path === '' ? `${location}${suffix}` : `${path}${suffix}${query}`;
}
