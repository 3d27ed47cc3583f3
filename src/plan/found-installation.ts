import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { isBootType } from '../disk/look/contents.ts';
import { findTable } from '../disk/look/read-table.ts';
import type { Target } from '../disk/look/target.ts';
import { type BootPartition, bootPartitionsAmong } from '../disk/partitions/boot-partition.ts';
import { mountBoot } from '../disk/partitions/mount.ts';
import { TargetError } from '../lib/errors.ts';
import { readSmallFile } from '../lib/small-file.ts';
import type { Parameters } from '../parameters/parameters.ts';
import { type BootOrderPlan, planBootOrderOfFound } from './plan-boot-order.ts';

/** On the boot partition: the id and a line feed. Neither GRUB nor OSTree nor Ignition uses the name. */
export const installIdFile = 'coreos-installer.id';

/** The installation that is wanted, complete on the disk since an earlier run. */
export interface FoundInstallation {
  readonly target: Target;
  readonly installId: string;
  /** When it was made, by the clock of that time. */
  readonly madeAt: Date;
  /** Undefined if the firmware's boot order is not to be changed. */
  readonly bootOrder: BootOrderPlan | undefined;
}

/**
 * Looks for an installation with this id, without the network and without writing. What an interrupted
 * one has left is none: its disk has no first sector of a table, or a table with saved partitions only,
 * and firmware starts from none of those. A disk that has the id but only the backup of its table is a
 * `TargetError`: it may not boot, and may have data that nobody wants to lose.
 */
export async function findInstallation(
  target: Target,
  { installId, bootOrder }: Pick<Parameters, 'installId' | 'bootOrder'>,
): Promise<FoundInstallation | undefined> {
  if (installId === undefined) return undefined;
  const { mbr, table } = await findTable(target.path, target);
  if (mbr === 'none' || table === undefined) return undefined;
  const { partitions } = table.gpt;
  if (!partitions.some(isBootType)) return undefined;
  for (const boot of await bootPartitionsAmong(target, partitions)) {
    const found = await readInstallId(target, boot).catch(() => undefined);
    if (found?.id !== installId.value) continue;
    if (table.copy === 'backup') throw damaged(target, found.id);
    const { id, madeAt } = found;
    return {
      target,
      installId: id,
      madeAt,
      bootOrder: planBootOrderOfFound({ bootOrder }, table.gpt),
    };
  }
  return undefined;
}

/** The disk is not trusted: no link is followed, and nothing is waited for. */
async function readInstallId(
  target: Target,
  boot: BootPartition,
): Promise<{ readonly id: string; readonly madeAt: Date }> {
  await using mounted = await mountBoot(target, boot, 'untouched');
  let madeAt = new Date(0);
  const judge = ({ mtime }: Stats) => {
    madeAt = mtime;
  };
  const bytes = await readSmallFile(join(mounted.path, installIdFile), 64, { judge });
  return { id: bytes.toString('latin1').trim(), madeAt };
}

function damaged({ path }: Target, id: string): TargetError {
  return new TargetError({
    code: 'installation-damaged',
    failed: `Cannot use the installation ${id} on ${path}`,
    why: 'it is complete, but the first copy of the disk’s partition table (GPT) is damaged',
    next: 'Repair the table with gdisk, or give another install id to install again: all data on the disk is lost then.',
  });
}

/** The sentence for people. */
export function describeFound({ target, installId, madeAt }: FoundInstallation): string {
  const time = madeAt.toISOString().replace(/T(\d\d:\d\d).*/, ' $1 UTC');
  return (
    `${target.path} already holds the installation ${installId}, made ${time}: nothing was written. ` +
    'To install again, give another install id.'
  );
}
