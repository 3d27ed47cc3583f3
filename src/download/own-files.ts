import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { fill } from '../lib/fill.ts';
import { cautiously, foreignFile } from '../lib/own-file.ts';

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
    await using file = await open(path, constants.O_RDONLY | cautiously);
    if (!isOurs(await file.stat())) return undefined;
    const bytes = await fill(Buffer.alloc(limitBytes + 1), file);
    return bytes.length > limitBytes ? undefined : bytes;
  } catch {
    return undefined;
  }
}
