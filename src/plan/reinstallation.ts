import type { TableFound } from '../disk/gpt/disk-table.ts';
import type { Target } from '../disk/look/target.ts';
import { installedBoots, minuteOf, readFromBoot } from './boot-file.ts';

/**
 * A warning when the target holds an installation with the same Ignition config: a machine that boots
 * from the medium first would install itself forever. The data on the disk is not trusted, and is
 * ignored if it cannot be read.
 */
export async function warnOfReinstallation(
  target: Target,
  table: TableFound,
  config: Uint8Array,
): Promise<string[]> {
  const installed = await installedConfig(target, table, config.length).catch(() => undefined);
  if (installed === undefined || !installed.bytes.equals(config)) return [];
  return [
    `${target.path} already holds an installation with this Ignition config, made ${minuteOf(installed.modified)}. ` +
      'If the machine installs itself again at every boot, put the disk before the medium in its boot order.',
  ];
}

async function installedConfig(target: Target, table: TableFound, limitBytes: number) {
  const [boot] = await installedBoots(target, table);
  return boot && (await readFromBoot(target, boot, 'ignition/config.ign', limitBytes));
}
