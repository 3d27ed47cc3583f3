import { removeLeftovers } from '../disk/partitions/leftovers.ts';
import { requireMount } from '../disk/partitions/mount.ts';
import { ParameterError } from '../lib/errors.ts';
import { requiredTools, requireTools } from '../system/run-command.ts';
import { requireRunDirectory } from '../system/run-directory.ts';

/**
 * Whatever the parameters say: root, the tools, a directory of our own and a kernel that mounts; what
 * killed runs have left in the way is removed. Throws what says which of them is missing.
 */
export async function prepareSystem(): Promise<void> {
  requireRoot();
  requireTools(requiredTools);
  await requireRunDirectory();
  await requireMount();
  removeLeftovers();
}

function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw new ParameterError({
    code: 'not-root',
    failed: 'Cannot install',
    why: 'writing to a disk needs root',
    next: 'Run the same command as root, for example with sudo.',
  });
}
