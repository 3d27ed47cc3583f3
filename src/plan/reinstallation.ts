import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskContents } from '../disk/look/contents.ts';
import type { Target } from '../disk/look/target.ts';
import { type BootPartition, presentBootPartition } from '../disk/partitions/boot-partition.ts';
import { mountBoot } from '../disk/partitions/mount.ts';

/**
 * A warning when the target holds an installation with the same Ignition config: a machine that boots
 * from the medium first would install itself forever. The data on the disk is not trusted, and is
 * ignored if it cannot be read.
 */
export async function warnOfReinstallation(
  target: Target,
  contents: DiskContents,
  config: Uint8Array,
): Promise<string[]> {
  const boot = presentBootPartition(contents);
  if (boot === undefined) return [];
  const installed = await readConfig(target, boot, config.length).catch(() => undefined);
  if (installed === undefined || !installed.bytes.equals(config)) return [];
  const time = installed.modified.toISOString().replace(/T(\d\d:\d\d).*/, ' $1 UTC');
  return [
    `${target.path} already holds an installation with this Ignition config, made ${time}. ` +
      'If the machine installs itself again at every boot, put the disk before the medium in its boot order.',
  ];
}

/** The config on an earlier installation's boot file system, if it is `sizeBytes` long. */
async function readConfig(
  target: Target,
  boot: BootPartition,
  sizeBytes: number,
): Promise<{ readonly bytes: Buffer; readonly modified: Date } | undefined> {
  await using mounted = await mountBoot(target, boot, 'untouched');
  const directory = join(mounted.path, 'ignition');
  // No symbolic links are followed.
  if (!(await lstat(directory)).isDirectory()) return undefined;
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  await using file = await open(join(directory, 'config.ign'), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const stats = await file.stat();
  if (!stats.isFile() || stats.size !== sizeBytes) return undefined;
  return { bytes: await file.readFile(), modified: stats.mtime };
}
