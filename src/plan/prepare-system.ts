import { removeLeftovers } from '../disk/partitions/leftovers.ts';
import { requireMount } from '../disk/partitions/mount.ts';
import { ParameterError } from '../lib/errors.ts';
import { requireRunDirectory } from '../system/run-directory.ts';
import { requiredTools, requireTools } from '../system/tools.ts';

/**
 * Requires what every installation needs: root, the tools, a private directory and the permission to
 * mount. Removes what killed runs left behind. The error says what is missing.
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
