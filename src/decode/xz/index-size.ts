import { crc32 } from 'node:zlib';
import { DecodeFault } from '../fault.ts';
import { readVli } from './vli.ts';
import { footerBytes, parseFooter, streamHeaderBytes } from './xz-headers.ts';

/**
 * The size of everything that an .xz file decodes to, from its last bytes: footer, index, and the
 * same of every stream before. `{ needBytes }` says how many of the last bytes the next call needs.
 * Only decoding proves what an index says. Throws `DecodeFault` for what is not the end of an .xz
 * file; a file that decodes is never refused.
 */
export function uncompressedSizeFromTail(
  tail: Uint8Array,
  fileSizeBytes: number,
): number | { readonly needBytes: number } {
  const tailStart = fileSizeBytes - tail.length;
  let end = fileSizeBytes;
  let sizeBytes = 0;
  while (end > 0) {
    const stream = faultsAt(end, () => lastStream(tail, end - tailStart));
    if ('beforeBytes' in stream) {
      const needBytes = fileSizeBytes - end + stream.beforeBytes;
      if (tail.length < fileSizeBytes) return { needBytes: Math.min(needBytes, fileSizeBytes) };
      throw contradiction(end);
    }
    sizeBytes += stream.uncompressedBytes;
    end -= stream.fileBytes;
  }
  if (end < 0) throw contradiction(end + fileSizeBytes);
  return sizeBytes;
}

const contradiction = (offsetBytes: number) =>
  new DecodeFault('damaged', 'the index contradicts the blocks', offsetBytes);

function faultsAt<T>(offsetBytes: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof DecodeFault ? error.at(offsetBytes) : error;
  }
}

function incomplete(tail: Uint8Array, end: number): DecodeFault {
  const kind = end === tail.length ? 'truncated' : 'damaged';
  return new DecodeFault(kind, 'the stream footer is missing');
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
  if (streamEnd < footerBytes) return { beforeBytes: paddingBytes * 2 + 4096 };
  const { indexBytes } = footerAt(tail, streamEnd);
  const indexStart = streamEnd - footerBytes - indexBytes;
  if (indexStart < 0) return { beforeBytes: paddingBytes + footerBytes + indexBytes };
  const { blockBytes, uncompressedBytes } = sumRecords(
    tail.subarray(indexStart, streamEnd - footerBytes),
  );
  const fileBytes = streamHeaderBytes + blockBytes + indexBytes + footerBytes + paddingBytes;
  return { fileBytes, uncompressedBytes };
}

function footerAt(tail: Uint8Array, end: number): { readonly indexBytes: number } {
  if (hasFooter(tail, end)) return parseFooter(tail.subarray(end - footerBytes, end));
  // A truncated file ends anywhere; one with other data appended has its footer before that.
  for (let earlier = end - 1; earlier >= footerBytes; earlier -= 1)
    if (hasFooter(tail, earlier) && isFooter(tail.subarray(earlier - footerBytes, earlier)))
      throw new DecodeFault('damaged', 'other data follows the xz stream');
  throw incomplete(tail, end);
}

/** Whether its magic bytes are before `end`. */
const hasFooter = (tail: Uint8Array, end: number) =>
  tail[end - 2] === 0x59 && tail[end - 1] === 0x5a;

function isFooter(bytes: Uint8Array): boolean {
  try {
    parseFooter(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Sums up an index (xz file format 1.2.0, section 4). */
function sumRecords(index: Uint8Array): { blockBytes: number; uncompressedBytes: number } {
  const end = index.length - 4;
  const stored = new DataView(index.buffer, index.byteOffset + end).getUint32(0, true);
  if (crc32(index.subarray(0, end)) !== stored)
    throw new DecodeFault('damaged', "the index's checksum is wrong");
  let at = 1;
  const nextByte = () => {
    const byte = index[at];
    if (byte === undefined || at >= end) throw new DecodeFault('damaged', 'the index is too short');
    at += 1;
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
