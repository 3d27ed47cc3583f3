import { statfsSync } from 'node:fs';
import { WriteError } from '../lib/errors.ts';
import { formatBytes } from '../lib/quantities.ts';

/** Why a file could not be written, by what the kernel said. */
export function writeError(path: string, cause: unknown): WriteError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new WriteError(
      {
        code: 'output-no-space',
        failed: `Cannot write ${path}`,
        why: code === 'ENOSPC' ? 'the file system is full' : 'the quota is used up',
        next: 'Make room, or choose another directory. A second run goes on from here.',
      },
      { cause },
    );
  }
  return new WriteError(
    {
      code: 'output-failed',
      failed: `Cannot write ${path}`,
      why: reasons[code ?? ''] ?? message,
      next: 'Check the directory, or choose another one.',
    },
    { cause },
  );
}

/** Said before anything is fetched. */
export function noSpaceFor(directory: string, needBytes: number, freeBytes: number): WriteError {
  return new WriteError({
    code: 'output-no-space',
    failed: `Cannot save the file in ${directory}`,
    why: `it needs ${formatBytes(needBytes)}, and ${formatBytes(freeBytes)} are free`,
    next: 'Make room, or choose another directory.',
  });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'it is not in a directory',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  EISDIR: 'there is a directory of this name',
};

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
