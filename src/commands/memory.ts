const mib = 1024 * 1024;
/** One block of `xz -9`: its dictionary of 64 MiB, and what a decoder needs beside it. */
const firstJobBytes = 80 * mib;
/** Each further one, and the compressed bytes that wait for it meanwhile. */
const furtherJobBytes = 104 * mib;

/**
 * Memory for decoding, in bytes: enough for every job at `xz -9`, but not more than half of what
 * the machine has free, and enough for one job in any case. The process takes about 130 MB more.
 */
export function decoderMemoryBytes(
  jobs: number,
  availableBytes = process.availableMemory(),
): number {
  const wantedBytes = firstJobBytes + (jobs - 1) * furtherJobBytes;
  return Math.max(firstJobBytes, Math.min(wantedBytes, Math.floor(availableBytes / 2)));
}
