import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join, relative } from 'node:path';

const dayMs = 24 * 3600 * 1000;

/** Names the content of a directory and `more`, the same wherever and in whatever order it is stored. */
export async function digestOf(directory: string, more: readonly string[]): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .toSorted();
  const digest = createHash('sha256');
  for (const file of files)
    digest
      .update(file)
      .update('\0')
      .update(await readFile(join(directory, file)))
      .update('\0');
  return digest.update(more.join('\0')).digest('hex').slice(0, 16);
}

/** Notes that somebody uses it now. */
export async function markUsed(directory: string): Promise<void> {
  const now = new Date();
  await utimes(directory, now, now);
}

/** Removes what nobody has used for a day: other runs may use something else than this one. */
export async function removeUnused(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > dayMs) await rm(path, { recursive: true });
  }
}
