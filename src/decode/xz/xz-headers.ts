import { crc32 } from 'node:zlib';
import { DecodeFault } from '../fault.ts';
import { readVli } from './vli.ts';

/** Section numbers are those of the xz file format specification, version 1.2.0. */

export const streamHeaderBytes = 12;
export const footerBytes = 12;
const magic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
/** Bytes of each check by its id; section 2.1.1.2. */
const checkSizes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const lzma2FilterId = 0x21;

export interface StreamHeader {
  /** The 12 bytes as they are in the file. */
  readonly bytes: Uint8Array;
  /** Which check the blocks carry. */
  readonly checkId: number;
  readonly checkSizeBytes: number;
}

export interface BlockHeader {
  readonly bytes: Uint8Array;
  readonly compressedSizeBytes: number | undefined;
  readonly uncompressedSizeBytes: number | undefined;
  /** Of the LZMA2 filter, which is always the last of the chain. */
  readonly dictionaryBytes: number;
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const endsInCrc = (bytes: Uint8Array) =>
  crc32(bytes.subarray(0, -4)) === view(bytes).getUint32(bytes.length - 4, true);

/** Section 2.1.1. */
export function parseStreamHeader(bytes: Uint8Array): StreamHeader {
  if (magic.some((byte, at) => bytes[at] !== byte))
    throw new DecodeFault('damaged', 'what follows is not an xz stream');
  if (crc32(bytes.subarray(6, 8)) !== view(bytes).getUint32(8, true))
    throw new DecodeFault('damaged', "the stream header's checksum is wrong");
  const flags = bytes[7] as number;
  if (bytes[6] !== 0 || flags > 0x0f) throw new DecodeFault('unsupported', 'unknown stream flags');
  return { bytes, checkId: flags, checkSizeBytes: checkSizes[flags] as number };
}

/** Section 2.1.2: returns the size of the index as the footer gives it. */
export function parseFooter(bytes: Uint8Array): { checkId: number; indexBytes: number } {
  if (bytes[10] !== 0x59 || bytes[11] !== 0x5a)
    throw new DecodeFault('damaged', 'the stream footer is missing');
  if (crc32(bytes.subarray(4, 10)) !== view(bytes).getUint32(0, true))
    throw new DecodeFault('damaged', "the stream footer's checksum is wrong");
  if (bytes[8] !== 0 || (bytes[9] as number) > 0x0f)
    throw new DecodeFault('unsupported', 'unknown stream flags');
  return { checkId: bytes[9] as number, indexBytes: (view(bytes).getUint32(4, true) + 1) * 4 };
}

/** Section 3.1. What this does not check (the other filters, the padding) liblzma does. */
export function parseBlockHeader(bytes: Uint8Array): BlockHeader {
  if (!endsInCrc(bytes)) throw new DecodeFault('damaged', "a block header's checksum is wrong");
  const flags = bytes[1] as number;
  if (flags & 0x3c) throw new DecodeFault('unsupported', 'unknown block flags');
  const end = bytes.length - 4;
  let at = 2;
  const nextByte = () => {
    if (at >= end) throw new DecodeFault('damaged', 'a block header is too short for its fields');
    return bytes[at++] as number;
  };
  const compressedSizeBytes = flags & 0x40 ? readVli(nextByte) : undefined;
  const uncompressedSizeBytes = flags & 0x80 ? readVli(nextByte) : undefined;
  let dictionaryBytes: number | undefined;
  for (let filters = (flags & 0x03) + 1; filters > 0; filters -= 1) {
    const id = readVli(nextByte);
    const propertiesBytes = Math.min(readVli(nextByte), bytes.length);
    const properties = Array.from({ length: propertiesBytes }, nextByte);
    if (filters === 1 && id === lzma2FilterId) dictionaryBytes = dictionarySize(properties);
  }
  if (dictionaryBytes === undefined)
    throw new DecodeFault('unsupported', 'a block is not compressed with LZMA2');
  return { bytes, compressedSizeBytes, uncompressedSizeBytes, dictionaryBytes };
}

/** The header of a file's first block; undefined when the bytes do not hold one. */
export function parseFirstBlockHeader(fileStart: Uint8Array): BlockHeader | undefined {
  const size = fileStart[streamHeaderBytes] ?? 0;
  const end = streamHeaderBytes + (size + 1) * 4;
  if (size === 0 || fileStart.length < end) return undefined;
  try {
    return parseBlockHeader(fileStart.subarray(streamHeaderBytes, end));
  } catch (error) {
    if (error instanceof DecodeFault) return undefined;
    throw error;
  }
}

/** Section 5.3.1: 4 KiB, 6 KiB, 8 KiB, 12 KiB, … 3 GiB, 4 GiB less one byte. */
function dictionarySize(properties: number[]): number {
  const bits = properties[0] ?? 0xff;
  if (properties.length !== 1 || bits > 40)
    throw new DecodeFault('unsupported', 'unknown LZMA2 dictionary size');
  return bits === 40 ? 0xffffffff : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11);
}
