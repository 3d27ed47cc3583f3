import type { DecodedSink, DecodeOptions } from '../decode/decoder.ts';
import { decoderFor } from '../decode/decoders.ts';
import { detectFormat, type ImageFormat } from '../decode/format.ts';
import { startingWith } from '../fetch/peek.ts';
import type { ByteSource, OpenSource } from '../fetch/source.ts';

/** How much of the decoded image is read: enough for the partition table and an ISO's signature. */
export const headSizeBytes = 1024 * 1024;
/** How much of the file is read to detect its format. */
const firstBytesLength = 64 * 1024;

/** The beginning of an image, before and after decoding. */
export interface ImageBeginning {
  readonly format: ImageFormat;
  /** Up to 64 KiB of the file. */
  readonly firstBytes: Uint8Array;
  readonly compressedSizeBytes: number | undefined;
  /** The decoded image's first MiB; shorter when the image is. */
  readonly head: Uint8Array;
}

/** Opens the source, decodes its first MiB, and closes it again. */
export async function readBeginning(
  source: ByteSource,
  options: Omit<DecodeOptions, 'jobs' | 'name'>,
): Promise<ImageBeginning> {
  const enough = new AbortController();
  const signal = AbortSignal.any([options.signal, enough.signal]);
  try {
    return await lookInto(await source.open(signal), source.name, { ...options, signal }, enough);
  } finally {
    // Also after an error: a server may accept only one connection at a time.
    enough.abort();
  }
}

async function lookInto(
  open: OpenSource,
  name: string,
  options: Omit<DecodeOptions, 'jobs' | 'name'>,
  enough: AbortController,
): Promise<ImageBeginning> {
  const { firstBytes, bytes } = await startingWith(open.bytes, firstBytesLength);
  const format = detectFormat(firstBytes, name);

  const head = new Uint8Array(headSizeBytes);
  let filledBytes = 0;
  const sink: DecodedSink = async (offsetBytes, decoded) => {
    const part = decoded.subarray(0, Math.max(0, headSizeBytes - offsetBytes));
    head.set(part, offsetBytes);
    filledBytes += part.length;
    if (filledBytes === headSizeBytes) enough.abort(reached);
    enough.signal.throwIfAborted();
  };
  try {
    await decoderFor(format)(bytes, sink, { ...options, jobs: 1, name });
  } catch (error) {
    if (options.signal.reason !== reached) throw error;
  }
  return {
    format,
    firstBytes,
    compressedSizeBytes: open.sizeBytes,
    head: head.subarray(0, filledBytes),
  };
}

/** The reason to abort when enough has been decoded. */
const reached = new Error('the beginning is there');
