import { hasBytes } from '../lib/bytes.ts';
import { parseFirstBlockHeader } from './xz/xz-headers.ts';
import { parseFrameHeader } from './zstd-frames.ts';

/** The formats that an image may have. */
export type ImageFormat = 'raw' | 'xz' | 'gzip' | 'zstd';

/** Which of these formats the bytes are compressed in; undefined for none. */
export function compressedFormat(bytes: Uint8Array): Exclude<ImageFormat, 'raw'> | undefined {
  if (hasBytes(bytes, 0, '\xfd7zXZ\0')) return 'xz';
  if (hasBytes(bytes, 0, '\x1f\x8b')) return 'gzip';
  if (hasBytes(bytes, 0, '\x28\xb5\x2f\xfd')) return 'zstd';
  // A skippable frame (RFC 8878, section 3.1.2), with which pzstd begins its files.
  if (hasBytes(bytes, 1, '\x2a\x4d\x18') && (bytes[0] as number) >> 4 === 5) return 'zstd';
  return undefined;
}

/**
 * The least size in bytes that the decoded image can have, according to its first bytes: the first
 * block's or frame's size. Undefined where the format does not say.
 */
export function sizeHint(format: ImageFormat, firstBytes: Uint8Array): number | undefined {
  if (format === 'xz') return parseFirstBlockHeader(firstBytes)?.uncompressedSizeBytes;
  if (format === 'zstd') return parseFrameHeader(firstBytes)?.contentBytes;
  return undefined;
}
