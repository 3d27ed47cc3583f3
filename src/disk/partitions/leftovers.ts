import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listNames } from '../../system/kernel-files.ts';
import { isAbandoned, isPrivate, runDirectories } from '../../system/run-directory.ts';

/**
 * Removes the private directories of earlier runs of ours that were killed, with their files, such as a
 * copy of a keyring; their mounts and loop devices have ended with them. Directories of others, a
 * running installer included, are kept.
 */
export function removeLeftovers(parents = runDirectories): void {
  for (const parent of parents.filter(isPrivate)) {
    for (const name of listNames(parent)) {
      const directory = join(parent, name);
      if (isAbandoned(name) && isPrivate(directory)) remove(directory);
    }
  }
}

function remove(directory: string): void {
  for (const name of listNames(directory)) {
    const path = join(directory, name);
    attempt(() => (lstatSync(path).isDirectory() ? rmdirSync(path) : unlinkSync(path)));
  }
  attempt(() => rmdirSync(directory));
}

/** What cannot be removed does no harm. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {}
}
