/** Whether `expected`, a string of Latin-1 characters, is at this offset. */
export function hasBytes(bytes: Uint8Array, offsetBytes: number, expected: string): boolean {
  if (bytes.length < offsetBytes + expected.length) return false;
  for (let at = 0; at < expected.length; at += 1)
    if (bytes[offsetBytes + at] !== expected.charCodeAt(at)) return false;
  return true;
}

/** Decoders hand over, and writes, records and comparisons go by, pieces of this size. */
export const chunkBytes = 1024 * 1024;

const zeros = Buffer.alloc(chunkBytes);

/** Whether all bytes, at most a chunk of them, are zero. For most data this ends at once. */
export function isZero(bytes: Uint8Array): boolean {
  return zeros.compare(bytes, 0, bytes.length, 0, bytes.length) === 0;
}
