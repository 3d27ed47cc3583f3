const mib = 1024 * 1024;
const mostBytes = 184 * mib;
const leastBytes = 80 * mib;

/**
 * Memory for decoding, in bytes: two thirds of what the machine has free, at most 184 MiB, so that
 * the whole process stays below 400 MB; and enough for one block of `xz -9` in any case.
 */
export function decoderMemoryBytes(availableBytes = process.availableMemory()): number {
  return Math.max(leastBytes, Math.min(mostBytes, Math.floor((availableBytes * 2) / 3)));
}
