/** Whether `expected`, a string of Latin-1 characters, is at this offset. */
export function hasBytes(bytes: Uint8Array, offsetBytes: number, expected: string): boolean {
  if (bytes.length < offsetBytes + expected.length) return false;
  for (let at = 0; at < expected.length; at += 1)
    if (bytes[offsetBytes + at] !== expected.charCodeAt(at)) return false;
  return true;
}
