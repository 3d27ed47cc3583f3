import { chunkBytes } from './chunk.ts';

const zeros = Buffer.alloc(chunkBytes);

/** Whether all of at most a chunk is zero. Data says no within its first bytes. */
export function isZero(bytes: Uint8Array): boolean {
  return zeros.compare(bytes, 0, bytes.length, 0, bytes.length) === 0;
}
