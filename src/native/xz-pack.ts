import { loadAddon } from './addon.ts';

const leastDictionaryBytes = 4096;
/** The encoder needs eleven times as much memory; more makes no config smaller. */
const mostDictionaryBytes = 1024 * 1024;

/**
 * Compresses bytes, in pieces, into one .xz stream with CRC32, which is the only check that the kernel's
 * decoder has. Nobody may write to them meanwhile.
 */
export function packXz(pieces: readonly Uint8Array[]): Promise<Buffer> {
  const sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0);
  let dictionaryBytes = leastDictionaryBytes;
  while (dictionaryBytes < sizeBytes && dictionaryBytes < mostDictionaryBytes) dictionaryBytes *= 2;
  return new Promise((resolve, reject) =>
    loadAddon().packXz(pieces, dictionaryBytes, (error, packed) =>
      error ? reject(error) : resolve(packed),
    ),
  );
}
