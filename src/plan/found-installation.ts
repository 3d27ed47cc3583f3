import { findTable } from '../disk/look/read-table.ts';
import type { Target } from '../disk/look/target.ts';
import { type BootPartition, otherBootPartitions } from '../disk/partitions/boot-partition.ts';
import type { Place } from '../disk/partitions/look-into.ts';
import { TargetError } from '../lib/errors.ts';
import type { Parameters } from '../parameters/parameters.ts';
import { CommandError } from '../system/run-command.ts';
import { installedBoots, minuteOf, readFromBoot } from './boot-file.ts';
import { type BootOrderPlan, planBootOrderOfFound } from './plan-boot-order.ts';

/** On the boot partition: the id and a line feed. Neither GRUB nor OSTree nor Ignition uses the name. */
export const installIdFile = 'coreos-installer.id';
const idFileLimitBytes = 64;

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
 * Looks for an installation with this id, without the network and without writing. A disk that has the id but
 * only the backup of its table is a `TargetError`: it may not boot, and may have data that nobody wants
 * to lose. So is one of which it cannot be known: to take that for an empty one would lose its data. So is
 * any disk while another one has the id: their names may have changed places, and this one may have data.
 */
export async function findInstallation(
  target: Target,
  { installId, bootOrder }: Pick<Parameters, 'installId' | 'bootOrder'>,
  sysRoot?: string,
): Promise<FoundInstallation | undefined> {
  if (installId === undefined) return undefined;
  try {
    const found = await find(target, installId.value, { bootOrder });
    if (found === undefined) await refuseElsewhere(target, installId.value, sysRoot);
    return found;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The system's errors, and those of blkid.
    if (!(error instanceof CommandError) && code === undefined) throw error;
    throw unclear(target, installId.value, error);
  }
}

async function find(
  target: Target,
  installId: string,
  { bootOrder }: Pick<Parameters, 'bootOrder'>,
): Promise<FoundInstallation | undefined> {
  const found = await findTable(target.path, target);
  const { table, mbr, fault, unreadable = mbr === 'protective' ? fault : undefined } = found;
  // The first sector of an interrupted installation is empty, and what is left of a GPT where an MBR has
  // partitions is used by nobody.
  if (unreadable !== undefined) throw unclear(target, installId, new Error(unreadable));
  if (table === undefined) return undefined;
  for (const boot of await installedBoots(target, found)) {
    const file = await readInstallId(target, boot);
    if (file?.id !== installId) continue;
    if (table.copy === 'backup') throw damaged(target, installId);
    const order = planBootOrderOfFound({ bootOrder }, table.gpt);
    return { target, installId, madeAt: file.madeAt, bootOrder: order };
  }
  return undefined;
}

async function readInstallId(place: Place, boot: BootPartition) {
  const file = await readFromBoot(place, boot, installIdFile, idFileLimitBytes);
  return file && { id: file.bytes.toString('latin1').trim(), madeAt: file.modified };
}

/** Other disks may be anybody's: what cannot be read there is not looked at. */
async function refuseElsewhere(target: Target, id: string, sysRoot?: string): Promise<void> {
  for (const boot of await otherBootPartitions(target, sysRoot)) {
    const other = await readInstallId(boot, boot).catch(() => undefined);
    if (other?.id === id) throw elsewhere(target, boot.path, id);
  }
}

function elsewhere({ path, requested }: Target, other: string, id: string): TargetError {
  return new TargetError({
    code: 'installation-elsewhere',
    failed: `Cannot install to ${path}`,
    why: `the installation ${id} is on another disk of this machine, on ${other}; the target was given as ${requested}`,
    next: 'The kernel may have named the disks in another order: name the target by /dev/disk/by-id or by-path, or by a rule. To install once more, give another install id.',
  });
}

function unclear({ path }: Target, id: string, cause: unknown): TargetError {
  const why = cause instanceof CommandError ? cause.failure.why : (cause as Error).message;
  return new TargetError(
    {
      code: 'installation-unclear',
      failed: `Cannot find out whether ${path} holds the installation ${id}`,
      why: `the disk’s partition table or boot partition cannot be used (${why})`,
      next: `Repair the table with gdisk, or see dmesg. To install nevertheless, run wipefs --all ${path} first: all data on the disk is lost then.`,
    },
    { cause },
  );
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
  return (
    `${target.path} already holds the installation ${installId}, made ${minuteOf(madeAt)}: nothing was written. ` +
    'To install again, give another install id.'
  );
}
