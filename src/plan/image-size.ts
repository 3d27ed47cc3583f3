import { DecodeFault, toInputError } from '../decode/fault.ts';
import { sizeHint } from '../decode/format.ts';
import { uncompressedSizeFromTail } from '../decode/xz/index-size.ts';
import type { ByteSource } from '../fetch/source.ts';
import { headSizeBytes, type ImageBeginning } from './image-beginning.ts';

/** First guess of the size of an xz file's index and footer. */
const tailGuessBytes = 64 * 1024;
/** An index larger than this is not fetched: the size is useful, but not required. */
const tailLimitBytes = 16 * 1024 * 1024;

/** What is known about the decoded image's size without reading everything. */
export interface ImageSize {
  /** Undefined where the format does not say. */
  readonly sizeBytes: number | undefined;
  /** The image is not smaller than this, according to its first block or frame. */
  readonly leastSizeBytes: number;
}

/**
 * Reads the size where each format stores it: a raw file's own, the index at the end of xz, the first
 * frame header of zstd. gzip stores only the low 32 bits of its last member's size, which are not
 * reliable. An image that is shorter than `headSizeBytes` is known completely. Throws `InputError` for
 * a file whose end shows that it cannot be decoded.
 */
export async function imageSize(
  source: ByteSource,
  { format, firstBytes, compressedSizeBytes, head }: ImageBeginning,
  signal: AbortSignal,
): Promise<ImageSize> {
  const leastSizeBytes = sizeHint(format, firstBytes) ?? 0;
  if (head.length < headSizeBytes) return { sizeBytes: head.length, leastSizeBytes };
  if (format === 'raw') return { sizeBytes: compressedSizeBytes, leastSizeBytes };
  if (format !== 'xz' || compressedSizeBytes === undefined) {
    return { sizeBytes: undefined, leastSizeBytes };
  }
  const sizeBytes = await xzSize(source, compressedSizeBytes, signal);
  if (sizeBytes !== undefined && sizeBytes < leastSizeBytes) {
    const what = 'the index contradicts the blocks';
    throw toInputError(new DecodeFault('damaged', what, compressedSizeBytes), 'xz', source.name);
  }
  return { sizeBytes, leastSizeBytes };
}

/**
 * The decoded size of an xz file of that many bytes; undefined where its end cannot be read. Throws
 * `InputError` for an end that cannot be decoded.
 */
export async function xzSize(
  source: ByteSource,
  compressedSizeBytes: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return await sizeFromIndex(source, compressedSizeBytes, signal);
  } catch (error) {
    throw error instanceof DecodeFault ? toInputError(error, 'xz', source.name) : error;
  }
}

async function sizeFromIndex(
  source: ByteSource,
  compressedSizeBytes: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  let lengthBytes = Math.min(tailGuessBytes, compressedSizeBytes);
  while (lengthBytes <= tailLimitBytes) {
    const tail = await source.tail(lengthBytes, compressedSizeBytes, signal);
    if (tail === undefined) return undefined;
    const size = uncompressedSizeFromTail(tail, compressedSizeBytes);
    if (typeof size !== 'object') return size;
    // Many small streams would ask for a little more each time.
    const more = Math.max(size.needBytes, Math.min(4 * lengthBytes, tailLimitBytes));
    lengthBytes = Math.min(more, compressedSizeBytes);
  }
  return undefined;
}
