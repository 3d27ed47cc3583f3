import { DecodeFault } from '../image/decoders/fault.ts';
import { footerBytes, parseFooter, streamHeaderBytes } from './headers.ts';
import { readVli } from './vli.ts';

/**
 * The size of everything that an .xz file decodes to, from its last bytes: footer, index, and the
 * same of every stream before. `{ needBytes }` says how many of the last bytes to come back with;
 * undefined that this is not the end of an .xz file. Only decoding proves what an index says.
 */
export function uncompressedSizeFromTail(
  tail: Uint8Array,
  fileSizeBytes: number,
): number | { readonly needBytes: number } | undefined {
  const tailStart = fileSizeBytes - tail.length;
  let end = fileSizeBytes;
  let sizeBytes = 0;
  try {
    while (end > 0) {
      const stream = lastStream(tail, end - tailStart);
      if ('beforeBytes' in stream) {
        const needBytes = Math.min(fileSizeBytes - end + stream.beforeBytes, fileSizeBytes);
        return needBytes > tail.length ? { needBytes } : undefined;
      }
      sizeBytes += stream.uncompressedBytes;
      end -= stream.fileBytes;
    }
  } catch (error) {
    if (error instanceof DecodeFault) return undefined;
    throw error;
  }
  return end === 0 ? sizeBytes : undefined;
}

/** The stream that ends at `end`, its padding included, or how many bytes before `end` it takes. */
function lastStream(
  tail: Uint8Array,
  end: number,
): { fileBytes: number; uncompressedBytes: number } | { beforeBytes: number } {
  let streamEnd = end;
  while (streamEnd >= 4 && tail.subarray(streamEnd - 4, streamEnd).every((byte) => byte === 0))
    streamEnd -= 4;
  const paddingBytes = end - streamEnd;
  if (streamEnd < footerBytes) return { beforeBytes: Math.max(paddingBytes * 2, 0) + 4096 };
  const { indexBytes } = parseFooter(tail.subarray(streamEnd - footerBytes, streamEnd));
  const indexStart = streamEnd - footerBytes - indexBytes;
  if (indexStart < 0) return { beforeBytes: paddingBytes + footerBytes + indexBytes };
  const { blockBytes, uncompressedBytes } = sumRecords(
    tail.subarray(indexStart, streamEnd - footerBytes - 4),
  );
  const fileBytes = streamHeaderBytes + blockBytes + indexBytes + footerBytes + paddingBytes;
  return { fileBytes, uncompressedBytes };
}

/** Sums up an index without its checksum (xz file format 1.2.0, section 4). */
function sumRecords(index: Uint8Array): { blockBytes: number; uncompressedBytes: number } {
  let at = 1;
  const nextByte = () => {
    const byte = index[at++];
    if (byte === undefined) throw new DecodeFault('damaged', 'the index is too short');
    return byte;
  };
  if (index[0] !== 0) throw new DecodeFault('damaged', 'the index is missing');
  let blockBytes = 0;
  let uncompressedBytes = 0;
  for (let count = readVli(nextByte); count > 0; count -= 1) {
    blockBytes += Math.ceil(readVli(nextByte) / 4) * 4;
    uncompressedBytes += readVli(nextByte);
  }
  return { blockBytes, uncompressedBytes };
}
