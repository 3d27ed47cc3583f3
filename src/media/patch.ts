import type { FileRange } from '../lib/file-range.ts';

/** New content of a range: these bytes, and zeros after them. */
export interface Patch extends FileRange {
  readonly bytes: Uint8Array;
  /** An archive: until it is complete, its first bytes must not look like one. */
  readonly isArchive?: true;
}

/** Applies patches to a piece of the file, which begins at this offset. */
export function applyPatches(piece: Buffer, offsetBytes: number, patches: readonly Patch[]): void {
  for (const { startBytes, sizeBytes, bytes } of patches) {
    const from = Math.max(startBytes, offsetBytes);
    const end = Math.min(startBytes + sizeBytes, offsetBytes + piece.length);
    if (from >= end) continue;
    piece.fill(0, from - offsetBytes, end - offsetBytes);
    const part = bytes.subarray(from - startBytes, end - startBytes);
    piece.set(part, from - offsetBytes);
  }
}
