import type { DiskContents } from '../disk/look/contents.ts';
import type { SysBlock } from '../disk/look/sysfs.ts';
import type { Target } from '../disk/look/target.ts';
import { TargetError } from '../lib/errors.ts';
import { mediumLabel } from '../lib/medium-label.ts';

/**
 * A medium runs in memory, so that nothing uses the stick that it was started from: its name, which it often took
 * from the disk that was meant, would be enough to overwrite it. Where the machine has no other disk it may
 * be overwritten: a machine without a stick is installed by a medium that was written to its disk. Throws `TargetError`.
 */
export function refuseOwnMedium(
  target: Pick<Target, 'path'>,
  { fileSystem }: Pick<DiskContents, 'fileSystem'>,
  disks: readonly Pick<SysBlock, 'path'>[],
): void {
  if (fileSystem?.type !== 'iso9660' || fileSystem.label !== mediumLabel) return;
  const others = disks.map(({ path }) => path).filter((path) => path !== target.path);
  if (others.length === 0) return;
  throw new TargetError({
    code: 'target-is-medium',
    failed: `Cannot install to ${target.path}`,
    why: 'it is an installation medium',
    next: `Choose a disk; there are ${others.join(', ')}. To overwrite the medium, first run: wipefs --all ${target.path}`,
  });
}
