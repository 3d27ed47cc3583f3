import { sizeHint } from '../image/format.ts';
import type { ByteSource } from '../image/source.ts';
import { uncompressedSizeFromTail } from '../xz/index-size.ts';
import type { ImageBeginning } from './image-beginning.ts';

/** First guess at how much of an xz file's end holds its footer and index. */
const tailGuessBytes = 64 * 1024;
/** An index larger than this is not fetched: the size is a help, not a need. */
const tailLimitBytes = 16 * 1024 * 1024;

/**
 * The decoded image's size in bytes where it can be known without reading everything: a raw file's
 * own, the frame header's for zstd, the index's for xz. Undefined otherwise; gzip never says.
 */
export async function imageSizeHint(
  source: ByteSource,
  { format, firstBytes, compressedSizeBytes }: ImageBeginning,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (format === 'raw') return compressedSizeBytes;
  if (format !== 'xz' || compressedSizeBytes === undefined) return sizeHint(format, firstBytes);
  let lengthBytes = Math.min(tailGuessBytes, compressedSizeBytes);
  while (lengthBytes <= tailLimitBytes) {
    const tail = await source.tail(lengthBytes, signal);
    if (tail === undefined) break;
    const size = uncompressedSizeFromTail(tail, compressedSizeBytes);
    if (typeof size === 'number') return size;
    if (size === undefined || size.needBytes <= lengthBytes) break;
    lengthBytes = size.needBytes;
  }
  return sizeHint(format, firstBytes);
}
