import { statfsSync } from 'node:fs';
import { noSpaceFor, writeError } from './write-error.ts';

/** Throws `WriteError` where a directory's file system has no room for so much more. */
export function requireSpace(directory: string, needBytes: number): void {
  const freeBytes = freeSpace(directory);
  if (needBytes > freeBytes) throw noSpaceFor(directory, needBytes, freeBytes);
}

function freeSpace(directory: string): number {
  try {
    const { bavail, bsize, blocks } = statfsSync(directory);
    // A ramfs has no limit that it could report.
    return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
  } catch (error) {
    throw writeError(directory, error);
  }
}
