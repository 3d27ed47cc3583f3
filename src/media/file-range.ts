import type { FileHandle } from 'node:fs/promises';

/** Bytes of a file, from its beginning. */
export interface FileRange {
  readonly startBytes: number;
  readonly sizeBytes: number;
}

const pieceBytes = 1024 * 1024;

/** All bytes of a range; fewer where the file ends before. */
export async function readRange(file: FileHandle, range: FileRange): Promise<Buffer> {
  const bytes = Buffer.alloc(range.sizeBytes);
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, range.startBytes + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

/** The same in pieces, of which each is valid until the next is asked for. */
export async function* piecesOf(file: FileHandle, range: FileRange): AsyncGenerator<Buffer> {
  const memory = Buffer.alloc(Math.min(pieceBytes, range.sizeBytes));
  const endBytes = range.startBytes + range.sizeBytes;
  for (let at = range.startBytes; at < endBytes; ) {
    const { bytesRead } = await file.read(memory, 0, Math.min(memory.length, endBytes - at), at);
    if (bytesRead === 0) return;
    yield memory.subarray(0, bytesRead);
    at += bytesRead;
  }
}
