import { basename } from 'node:path';
import { settleAll } from '../lib/promises.ts';
import type { BootDirectory } from './boot-directory.ts';

export interface BootEntry {
  readonly path: string;
  /** Decoded as latin1, which preserves every byte, whatever its encoding. */
  readonly text: string;
}

const directory = 'loader/entries';
/** Fedora CoreOS has one or two entries of less than 1 KiB each. */
const entryLimitBytes = 64 * 1024;
const mostEntries = 100;

/**
 * The boot loader's entries by name: regular files only. Throws an `Error` that says in a few words
 * why they cannot be read; there is at least one.
 */
export async function readEntries(boot: BootDirectory): Promise<BootEntry[]> {
  const paths = await entryPaths(boot);
  return await settleAll(paths.map(async (path) => ({ path, text: await readEntry(boot, path) })));
}

/** The same to measure them; unreadable and oversized ones are left out. */
export async function readableEntries(boot: BootDirectory): Promise<string[]> {
  const paths = await entryPaths(boot).catch(() => []);
  return await settleAll(paths.map((path) => readEntry(boot, path).catch(() => '')));
}

/** `ostree-1.conf in loader/entries`. */
export const nameOfEntry = (path: string) => `${basename(path)} in ${directory}`;

async function entryPaths(boot: BootDirectory): Promise<string[]> {
  // `loader` is itself a link on Fedora CoreOS (to loader.0 or loader.1).
  if (!(await boot.hasDirectory(directory)))
    throw new Error(`the boot partition has no ${directory}`);
  const paths: string[] = [];
  for await (const path of boot.files(directory)) {
    if (!path.endsWith('.conf')) continue;
    paths.push(path);
    if (paths.length > mostEntries)
      throw new Error(`${directory} has more than ${mostEntries} entries`);
  }
  if (paths.length === 0) throw new Error(`${directory} on the boot partition is empty`);
  return paths.sort();
}

async function readEntry(boot: BootDirectory, path: string): Promise<string> {
  try {
    return (await boot.read(path, entryLimitBytes)).toString('latin1');
  } catch (error) {
    throw new Error(`${nameOfEntry(path)}: ${(error as Error).message}`, { cause: error });
  }
}
