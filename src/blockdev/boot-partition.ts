import { InputError } from '../errors.ts';
import type { DiskContents } from './contents.ts';
import { findByLabel } from './probe.ts';
import { allDisks, partitionsOf } from './sysfs.ts';
import type { Target } from './target.ts';

/** The label by which Fedora CoreOS finds its boot file system. */
const bootLabel = 'boot';

/**
 * The partition with the file system labelled `boot`, among those of the new disk only: other
 * disks of the machine may have one too. None, or two, is a `InputError`.
 */
export async function findBootPartition(target: Target, paths: readonly string[]): Promise<string> {
  const [boot, second] = await findByLabel(paths, bootLabel);
  if (boot !== undefined && second === undefined) return boot;
  throw new InputError({
    failed: `Cannot configure ${target.path}`,
    why: boot
      ? `the image has two file systems labelled ${bootLabel} (${boot} and ${second})`
      : `the image has no file system labelled ${bootLabel}`,
    next: 'Use a Fedora CoreOS metal image.',
  });
}

/**
 * The file system labelled `boot` that stands on a disk now, from before; the first of them.
 * Partitions without a table are what an interrupted installation has left, not a system.
 */
export function presentBootPartition({
  partitionTable,
  partitions,
}: DiskContents): string | undefined {
  if (partitionTable === undefined) return undefined;
  return partitions.find(({ fileSystem }) => fileSystem?.label === bootLabel)?.path;
}

/**
 * Partitions of *other* disks that carry the same label: the installed system finds its boot file
 * system by label, and may pick one of these.
 */
export async function otherBootPartitions(target: Target, sysRoot = '/sys'): Promise<string[]> {
  const others = allDisks(sysRoot).filter((disk) => disk.majMin !== target.majMin);
  const paths = others.flatMap((disk) => partitionsOf(disk).map(({ path }) => path));
  return await findByLabel(paths, bootLabel);
}
