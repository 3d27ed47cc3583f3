import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { WriteError } from '../lib/errors.ts';
import { foreignFile } from '../lib/own-file.ts';
import { readSmallFile, UnusableFileError } from '../lib/small-file.ts';
import { lockNow } from '../native/system.ts';

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

/**
 * Opens a file that is ours alone, and has it locked. In a directory that is open to all, somebody
 * else may have put one there, to change it after it was verified: that one is replaced.
 */
export async function openOwn(path: string): Promise<FileHandle> {
  const found = await lstat(path).catch(() => undefined);
  const isNew = found === undefined || !isOurs(found);
  if (found !== undefined && isNew) await rm(path);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags | (isNew ? constants.O_EXCL : 0), 0o600);
  try {
    lockNow(file.fd);
    const here = await lstat(path);
    const stats = await file.stat();
    const isThere = here.ino === stats.ino && here.dev === stats.dev;
    if (isThere && isOurs(stats)) return file;
    const imposed = isThere && isNew ? imposedOn(path, stats) : undefined;
    if (imposed) await rm(path);
    throw imposed ?? new Error('it was replaced while it was opened');
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Some file systems decide themselves whose a new file is, or who can change it: FAT, NFS. */
function imposedOn(path: string, { uid, mode }: Stats): WriteError | undefined {
  const refusal = (why: string, next: string) =>
    new WriteError({
      code: 'output-failed',
      failed: `Cannot write ${path}`,
      why: `${why}, also after it was verified`,
      next: `Choose a directory on another file system, or ${next}.`,
    });
  if (uid !== process.geteuid?.() && uid !== 0)
    return refusal(
      `on this file system every new file belongs to user ${uid}, who can change it`,
      'run this as the user whom new files there belong to',
    );
  return (mode & 0o022) === 0
    ? undefined
    : refusal(
        `on this file system other users can change every new file (mode ${(mode & 0o777).toString(8)})`,
        'mount this one with umask=022',
      );
}
