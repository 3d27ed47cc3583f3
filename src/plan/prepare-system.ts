import { removeLeftovers } from '../disk/partitions/leftovers.ts';
import { requireMount } from '../disk/partitions/mount.ts';
import { notRoot } from '../lib/not-root.ts';
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
  if (process.geteuid?.() !== 0) throw notRoot();
}
