const mib = 1024 * 1024;
/** One block of `xz -9`: its dictionary of 64 MiB, and what a decoder needs beside it. */
const leastBytes = 80 * mib;

/**
 * Most memory for decoding, in bytes: half of what the machine has free, but enough for one block of
 * `xz -9` in any case. How much of it is used depends on the image and the jobs; the process takes
 * about 130 MB more.
 */
export function decoderMemoryBytes(availableBytes = process.availableMemory()): number {
  return Math.max(leastBytes, Math.floor(availableBytes / 2));
}
