import type { ImageFormat } from './image-format.ts';
import { parseFirstBlockHeader } from './xz/xz-headers.ts';
import { parseFrameHeader } from './zstd-frames.ts';

/**
 * The least size in bytes that the decoded image can have, according to its first bytes: the first
 * block's or frame's size. Undefined where the format does not say.
 */
export function sizeHint(format: ImageFormat, firstBytes: Uint8Array): number | undefined {
  if (format === 'xz') return parseFirstBlockHeader(firstBytes)?.uncompressedSizeBytes;
  if (format === 'zstd') return parseFrameHeader(firstBytes)?.contentBytes;
  return undefined;
}
