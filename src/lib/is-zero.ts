import { chunkBytes } from './chunk.ts';

const zeros = Buffer.alloc(chunkBytes);

/** Whether all bytes, at most a chunk of them, are zero. For most data this ends at once. */
export function isZero(bytes: Uint8Array): boolean {
  return zeros.compare(bytes, 0, bytes.length, 0, bytes.length) === 0;
}
