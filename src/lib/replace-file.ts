import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces the content of a file atomically: written to a new file with a name that nobody can guess,
 * and renamed. `mode` is limited by the umask; by default only the owner can read it. With `sync` the
 * content is on the disk before the name is. In a directory that all users can write to, no file, link
 * or directory of another user is followed, changed or removed, or prevents it. The new files of
 * killed processes of ours are removed.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, sync = false }: { readonly mode?: number; readonly sync?: boolean } = {},
): Promise<void> {
  const directory = dirname(path);
  const prefix = `.coreos-installer.${basename(path)}`;
  await removeAbandoned(directory, prefix);
  const temporary = join(directory, `${prefix}.${process.pid}.${randomBytes(8).toString('hex')}`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(temporary, flags, mode);
  try {
    await file.writeFile(content);
    if (sync) await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Errors are ignored: a file that cannot be removed does no harm. */
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
