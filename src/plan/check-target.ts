import type { Gpt } from '../disk/gpt/gpt.ts';
import type { BlockDeviceFacts, DeviceFacts, Raid } from '../disk/look/facts.ts';
import type { Target } from '../disk/look/target.ts';
import { TargetError } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import { formatBytes } from '../lib/quantities.ts';
import { describeUses } from './uses.ts';

export type { Target } from '../disk/look/target.ts';

const another = 'choose another device';

/**
 * Decides from facts alone whether the device may be overwritten. Throws `TargetError`, which names
 * everything that uses the device, with the commands that free it, in their order.
 */
export function checkTarget(facts: DeviceFacts): Target {
  const device = checkKind(facts);
  const failed = `Cannot install to ${nameOf(facts)}`;
  const refuse = (code: FailureCode<'target'>, why: string, next: string): never => {
    throw new TargetError({ code, failed, why, next });
  };
  if (device.sizeBytes === 0) {
    refuse(
      'target-no-medium',
      'it has no medium, its size is 0',
      `Check the drive, or ${another}.`,
    );
  }
  if (device.readOnly) {
    refuse(
      'target-read-only',
      'it is read-only',
      `Look for a write-protect switch or try blockdev --setrw ${facts.path}, or ${another}.`,
    );
  }
  if (device.isZoned) {
    refuse(
      'target-is-zoned',
      'its zones must be written in sequence (a host-managed SMR or ZNS disk), so it cannot hold a system',
      `Choose another disk${listDisks(facts)}.`,
    );
  }
  if (device.mapKind === 'lvm' || device.mapKind === 'crypt') {
    refuse(
      'target-is-volume',
      'it is a volume on other disks, and firmware cannot boot from it',
      `Choose a whole disk${listDisks(facts)}.`,
    );
  }
  if (device.raid !== undefined && !startsLikeItsMembers(device.raid)) {
    const { level, metadata } = device.raid;
    refuse(
      'target-is-volume',
      `it is a RAID of other disks (${[level, metadata].filter(Boolean).join(', metadata ')}), and firmware cannot boot from it`,
      `Choose a whole disk${listDisks(facts)}. An Ignition config can mirror the system (boot_device.mirror).`,
    );
  }
  const map = device.holders.find((holder) => holder.kind === 'multipath');
  const uses = describeUses(device);
  const isUsedOtherwise =
    device.mounts.length + device.swaps.length > 0 ||
    device.holders.some(({ kind }) => kind !== 'multipath');
  // The holders of a map are its partitions, which kpartx made of an old table.
  if (map && device.mapKind === 'multipath' && !isUsedOtherwise) {
    refuse(
      'target-in-use',
      `it has partitions from an old table (${map.name})`,
      `Run: kpartx -d ${facts.path} – or ${another}.`,
    );
  }
  if (map && device.mapKind !== 'multipath') {
    refuse(
      'target-is-multipath-path',
      `it is one path of the multipath device ${map.name}`,
      `Use the multipath device: mapper/${map.name}.`,
    );
  }
  if (uses.reasons.length > 0) {
    const clear = uses.commands.join('; ');
    throw new TargetError({
      code: device.mounts.length > 0 ? 'target-mounted' : 'target-in-use',
      failed,
      why: uses.reasons.join(', and '),
      reasons: uses.reasons,
      next: `${clear ? `Run: ${clear}` : 'Free it'} – or ${another}.`,
    });
  }
  return asTarget(facts, device);
}

/**
 * Whether firmware finds on each disk of a RAID what is at the beginning of the RAID: on the copies of a mirror
 * whose metadata is at the end. It knows a RAID of its own (`external:…`), of whatever level.
 */
function startsLikeItsMembers({ level, metadata }: Raid): boolean {
  if (metadata.startsWith('external:')) return true;
  return level === 'raid1' && (metadata === '1.0' || metadata.startsWith('0.9'));
}

type Refusal = readonly [code: FailureCode<'target'>, why: string, next: string];

function checkKind(facts: DeviceFacts): BlockDeviceFacts {
  const { kind, device } = facts;
  if (kind === 'block-disk' && device) return device;
  const disks = `choose a disk${listDisks(facts)}`;
  const refusal: Record<typeof kind, Refusal> = {
    missing: ['target-missing', 'there is no such device', `Check the name, or ${disks}.`],
    directory: ['target-not-a-disk', 'it is a directory', `Instead, ${disks}.`],
    file: ['target-not-a-disk', 'it is an ordinary file', `Instead, ${disks}.`],
    char: ['target-not-a-disk', 'it is not a disk (a character device)', `Instead, ${disks}.`],
    cdrom: ['target-not-a-disk', 'it is a CD or DVD drive', `Instead, ${disks}.`],
    partition: [
      'target-is-partition',
      `it is a partition of ${device?.diskPath}, and the image needs a whole disk`,
      `To overwrite the whole disk, give ${device?.diskPath}.`,
    ],
    'block-disk': ['target-not-a-disk', 'the kernel knows nothing about it', `Instead, ${disks}.`],
  };
  const [code, why, next] = refusal[kind];
  throw new TargetError({
    code,
    failed: `Cannot install to ${nameOf(facts)}`,
    why,
    next,
  });
}

/** `/dev/sda`, or `disk/by-id/wwn-1 (/dev/sda)` when the user wrote something else. */
function nameOf({ requested, path }: DeviceFacts): string {
  return requested === path || `/dev/${requested}` === path ? path : `${requested} (${path})`;
}

function listDisks({ disks }: DeviceFacts): string {
  if (disks.length === 0) return '; no disk was found, so a driver may be missing';
  const list = disks.map(({ path, sizeBytes, model }) =>
    [path, `(${[formatBytes(sizeBytes), model].filter(Boolean).join(', ')})`].join(' '),
  );
  return `; there are ${list.join(', ')}`;
}

function asTarget({ requested, path }: DeviceFacts, device: BlockDeviceFacts): Target {
  const { majMin, sizeBytes, model, serial, diskseq, writeZeroesMaxBytes, partitions } = device;
  return {
    path,
    requested,
    majMin,
    // What is left behind the last whole sector cannot be written.
    sizeBytes: sizeBytes - (sizeBytes % device.logicalSectorSizeBytes),
    sectorSizeBytes: device.logicalSectorSizeBytes,
    model,
    serial,
    diskseq,
    takesPartitions: device.takesPartitions,
    writeZeroesMaxBytes,
    partitions,
    // The brand exists for the type checker only; this is the one place that grants it.
  } as Target;
}

function adviceOnSectors(sectorSizeBytes: number): string {
  switch (sectorSizeBytes) {
    case 512:
      return 'Use the ordinary metal image, not the 4k one, or choose another device.';
    case 4096:
      return 'Use the 4k image (metal4k), or choose another device.';
    default:
      return 'Choose another device: images are made for sectors of 512 and of 4096 bytes. Some NVMe disks can be formatted with such sectors (nvme format).';
  }
}

/**
 * Compares the disk with the image's partition table. What an image has after that (usually zeros) is
 * not counted. Throws `TargetError`.
 */
export function checkFits(target: Target, gpt: Gpt): void {
  const failed = `Cannot install to ${target.path}`;
  if (gpt.sectorSizeBytes !== target.sectorSizeBytes) {
    throw new TargetError({
      code: 'target-sector-size-mismatch',
      failed,
      why: `the disk has ${target.sectorSizeBytes}-byte sectors and the image is made for ${gpt.sectorSizeBytes}-byte sectors, so it would not boot`,
      next: adviceOnSectors(target.sectorSizeBytes),
    });
  }
  const neededBytes = gpt.requiredDiskBytes;
  if (neededBytes > target.sizeBytes) {
    throw new TargetError({
      code: 'target-too-small',
      failed,
      why: `it is too small: the image needs ${neededBytes} bytes (${formatBytes(neededBytes)}), the disk has ${target.sizeBytes} bytes (${formatBytes(target.sizeBytes)})`,
      next: 'Choose a larger device.',
    });
  }
}
