import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TableFound } from '../disk/gpt/disk-table.ts';
import { isBootType } from '../disk/look/contents.ts';
import type { Target } from '../disk/look/target.ts';
import { type BootPartition, bootPartitionsAmong } from '../disk/partitions/boot-partition.ts';
import { lookInto, type Place } from '../disk/partitions/look-into.ts';
import { bootFileSystems } from '../disk/partitions/mount.ts';
import { readSmallFile, UnusableFileError } from '../lib/small-file.ts';

/** A file that an earlier installation has left on its boot partition. */
export interface BootFile {
  readonly bytes: Buffer;
  readonly modified: Date;
}

/**
 * The boot partitions of the installation that is on a disk. What an interrupted one has left is none:
 * its disk has no first sector of a table, or a table with saved partitions only, and firmware starts
 * from none of those. Throws `CommandError` and the system's errors where they cannot be looked at.
 */
export async function installedBoots(
  target: Pick<Target, 'path'>,
  { mbr, table }: TableFound,
): Promise<BootPartition[]> {
  const partitions = table?.gpt.partitions ?? [];
  if (mbr === 'none' || !partitions.some(isBootType)) return [];
  const boots = await bootPartitionsAmong(target, partitions);
  return boots.filter(({ type }) => bootFileSystems.has(type));
}

/**
 * The file, or undefined if there is none of at most `limitBytes` in this place. Throws where that
 * cannot be known: the system's errors of mounting and reading.
 */
export async function readFromBoot(
  place: Place,
  boot: BootPartition,
  path: string,
  limitBytes: number,
): Promise<BootFile | undefined> {
  return await lookInto(place, boot, (root) => readBelow(root, path, limitBytes));
}

/** The disk is not trusted: no link is followed, and nothing is waited for. */
export async function readBelow(
  root: string,
  path: string,
  limitBytes: number,
): Promise<BootFile | undefined> {
  let modified = new Date(0);
  try {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent))
      if (!(await lstat(join(root, parent))).isDirectory()) return undefined;
    const bytes = await readSmallFile(join(root, path), limitBytes, {
      judge({ mtime }) {
        modified = mtime;
      },
    });
    return { bytes, modified };
  } catch (error) {
    if (isOther(error)) return undefined;
    throw error;
  }
}

/** Nothing is there, or a link, a socket, a device file, a directory, a larger file. */
function isOther(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  const codes = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES'];
  return error instanceof UnusableFileError || codes.includes(code);
}

/** `2026-11-27 06:01 UTC` */
export function minuteOf(time: Date): string {
  return time.toISOString().replace(/T(\d\d:\d\d).*/, ' $1 UTC');
}
