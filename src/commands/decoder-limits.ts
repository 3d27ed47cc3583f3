import { availableParallelism } from 'node:os';

const mib = 1024 * 1024;
/** One block of `xz -9`: its dictionary of 64 MiB, and what a decoder needs in addition. */
const leastBytes = 80 * mib;

/**
 * Most memory for decoding, in bytes: half of what is available, but always enough for one block of
 * `xz -9`. How much of it is used depends on the image and the jobs; the process needs about 130 MB
 * more.
 */
export function decoderMemoryBytes(availableBytes = process.availableMemory()): number {
  return Math.max(leastBytes, Math.floor(availableBytes / 2));
}

/** Blocks decoded at the same time without `--jobs`: one per core, but two on a single core. */
export function defaultJobs(): number {
  return Math.max(2, availableParallelism());
}
