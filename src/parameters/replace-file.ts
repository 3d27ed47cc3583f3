import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Gives a file new content as a whole, readable by its owner only: written beside, under a name that
 * nobody can guess, and renamed. In a directory that is open to all, nobody else's file, link or
 * directory is followed, written to or removed, or stops it. What a killed process of ours left of
 * its own try is removed.
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const directory = dirname(path);
  const prefix = `.coreos-installer.${basename(path)}`;
  await removeAbandoned(directory, prefix);
  const beside = join(directory, `${prefix}.${process.pid}.${randomBytes(8).toString('hex')}`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(beside, flags, 0o600);
  try {
    await file.writeFile(content);
    await rename(beside, path);
  } catch (error) {
    await unlink(beside).catch(() => {});
    throw error;
  }
}

/** It is only tidying: whatever is in its way stays, and is no reason to stop. */
async function removeAbandoned(directory: string, prefix: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const rest = name.startsWith(`${prefix}.`) ? name.slice(prefix.length) : '';
    const [, pid] = /^\.(\d+)\.[0-9a-f]{16}$/.exec(rest) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const path = join(directory, name);
    if (await isOwn(path)) await unlink(path).catch(() => {});
  }
}

async function isOwn(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.uid === process.geteuid?.() && stats.nlink === 1;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
