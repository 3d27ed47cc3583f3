import { chunkBytes } from '../../lib/bytes.ts';
import type { DeviceFile } from '../own/device-file.ts';
import { alignRanges, type Range, totalOf } from './ranges.ts';

/** A piece of the device that is being filled. */
export interface Chunk {
  /** The device's place for it, in chunks. */
  readonly index: number;
  readonly buffer: Uint8Array;
  /** The buffer is the caller's. */
  readonly lent?: true;
  /** What is in the buffer now, relative to its start. */
  filled: Range[];
}

/**
 * The whole sectors that cover what is filled, ready to be written: sectors that are filled in part
 * keep what the device has in the rest of them.
 */
export async function wholeSectors(
  { index, buffer, filled }: Chunk,
  file: DeviceFile,
  sectorSizeBytes: number,
): Promise<Range[]> {
  const ranges = alignRanges(filled, sectorSizeBytes);
  if (totalOf(ranges) === totalOf(filled)) return ranges;
  const given = filled.map((range) => ({ ...range, bytes: buffer.slice(range.start, range.end) }));
  for (const { start, end } of given) {
    for (const edge of [start, end].filter((at) => at % sectorSizeBytes !== 0)) {
      const sectorStart = edge - (edge % sectorSizeBytes);
      const sectorEnd = sectorStart + sectorSizeBytes;
      await file.read(buffer, sectorStart, sectorEnd, index * chunkBytes + sectorStart);
    }
  }
  for (const { start, bytes } of given) buffer.set(bytes, start);
  return ranges;
}

/** Reads a range of any length and alignment through a buffer of one chunk. */
export async function readRange(
  file: DeviceFile,
  buffer: Uint8Array,
  offsetBytes: number,
  lengthBytes: number,
): Promise<Uint8Array> {
  const result = new Uint8Array(lengthBytes);
  for (let done = 0; done < lengthBytes; ) {
    const at = offsetBytes + done;
    const start = at % chunkBytes;
    const end = Math.min(chunkBytes, start + lengthBytes - done);
    result.set(await file.readWithin(buffer, { start, end }, at - start), done);
    done += end - start;
  }
  return result;
}
