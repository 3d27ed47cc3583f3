import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WriteError } from '../../lib/errors.ts';

/**
 * Writes a text to standard output, or atomically to a file: readers find either the old content or
 * the new. A new file is for its owner only, because a config can contain password hashes; an
 * existing one keeps its mode. Throws `WriteError`.
 */
export async function writeOutput(path: string | undefined, text: string): Promise<void> {
  try {
    if (path === undefined) await writeToStandardOutput(text);
    else await writeFile(path, text);
  } catch (error) {
    throw new WriteError(
      {
        code: 'output-failed',
        failed: `Cannot write ${path ?? 'to standard output'}`,
        why: (error as Error).message,
        next: 'Check the path and the free space.',
      },
      { cause: error },
    );
  }
}

async function writeToStandardOutput(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.once('error', reject);
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

async function writeFile(path: string, text: string): Promise<void> {
  await refuseForeignLink(path);
  const target = await realpath(path).catch(() => path);
  const old = await stat(target).catch(() => undefined);
  if (old !== undefined && !old.isFile()) {
    await using device = await open(target, constants.O_WRONLY);
    await device.writeFile(text);
    return;
  }
  const temporary = join(dirname(target), `.translated-${randomUUID()}`);
  await using file = await open(temporary, 'wx', 0o600);
  try {
    if (old !== undefined) await file.chmod(old.mode & 0o777);
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** In a directory that all users can write to, another user would choose the file. */
async function refuseForeignLink(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isSymbolicLink() || stats.uid === 0 || stats.uid === process.geteuid?.()) return;
  throw new Error(`it is a symbolic link owned by user ${stats.uid}`);
}
