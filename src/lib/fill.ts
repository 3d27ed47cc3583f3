import type { FileHandle } from 'node:fs/promises';

/**
 * Reads from the file's current position until the bytes are full or the file ends: one read may
 * give less. Returns the part that is filled.
 */
export async function fill(bytes: Buffer, file: FileHandle): Promise<Buffer> {
  let filledBytes = 0;
  while (filledBytes < bytes.length) {
    const { bytesRead } = await file.read(bytes, filledBytes);
    if (bytesRead === 0) break;
    filledBytes += bytesRead;
  }
  return bytes.subarray(0, filledBytes);
}
