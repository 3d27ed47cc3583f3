import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import type { DeviceFacts } from './facts.ts';
import { abandonedRunDirectory, isPrivate, runDirectories } from './run-directory.ts';

/**
 * Unmounts and removes what an earlier run of ours left behind when it was killed: its mount of
 * the boot partition, and its private directory. Mounts and directories of anybody else, a
 * running installer included, stay as they are. Returns the mount points that were freed; where
 * there are any, the device wants a second look.
 *
 * Partitions that the killed run had mapped need nothing: mapping forgets old ones first.
 */
export async function cleanLeftovers(
  facts: DeviceFacts,
  parents = runDirectories,
): Promise<string[]> {
  const freed: string[] = [];
  for (const { mountPoint, otherNamespacePid } of facts.device?.mounts ?? []) {
    if (otherNamespacePid !== undefined || !abandonedRunDirectory(mountPoint, parents)) continue;
    await run('umount', [mountPoint]);
    freed.push(mountPoint);
  }
  for (const parent of parents.filter(isPrivate)) {
    for (const name of namesIn(parent)) {
      const directory = abandonedRunDirectory(join(parent, name), parents);
      if (directory !== undefined && isPrivate(directory)) remove(directory);
    }
  }
  return freed;
}

/**
 * Its files, such as a copy of a keyring, and its empty directories, but nothing within these: in
 * one of them the boot file system of another disk may still be mounted.
 */
function remove(directory: string): void {
  for (const name of namesIn(directory)) {
    const path = join(directory, name);
    attempt(() => (lstatSync(path).isDirectory() ? rmdirSync(path) : unlinkSync(path)));
  }
  attempt(() => rmdirSync(directory));
}

/** What stays harms nobody. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {}
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
