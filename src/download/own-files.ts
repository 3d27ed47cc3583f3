import type { Stats } from 'node:fs';
import { foreignFile } from '../lib/own-file.ts';
import { readSmallFile, UnusableFileError } from '../lib/small-file.ts';

/**
 * Whether a file is one that only this user or root can have written, and can change: in a directory
 * that is open to all, another user could change it after it was verified.
 */
export function isOurs(stats: Stats): boolean {
  const owners = [process.geteuid?.() ?? 0, 0] as const;
  return foreignFile(stats, owners) === undefined && (stats.mode & 0o022) === 0;
}

/** All of such a file, if it is not larger than that; undefined for any other, and for none. */
export async function readOwn(path: string, limitBytes: number): Promise<Buffer | undefined> {
  try {
    const judge = (stats: Stats) => {
      if (!isOurs(stats)) throw new UnusableFileError('another user can change it');
    };
    return await readSmallFile(path, limitBytes, { judge });
  } catch {
    return undefined;
  }
}
