import {
  type BlockDeviceFacts,
  type DeviceMount,
  type Holder,
  stopCommand,
} from '../disk/look/facts.ts';
import { shellQuote } from '../lib/text.ts';

export interface Uses {
  /** What uses the device: `/dev/sda1 is mounted on /home`. */
  readonly reasons: readonly string[];
  /** Shell commands that free it, in the order in which they work. */
  readonly commands: readonly string[];
}

/** Describes what uses a device, and how to free it: from the top of the stack downwards. */
export function describeUses({ mounts, swaps, holders, openers }: BlockDeviceFacts): Uses {
  const writers = openers.filter(({ forWriting }) => forWriting);
  return {
    reasons: [
      ...mounts.map(mountReason),
      ...swaps.map((path) => `${path} is in use as swap`),
      ...holders.map(holderReason),
      ...writers.map(
        ({ pid, command, device }) =>
          `the program ${command} (process ${pid}) has ${device} open for writing`,
      ),
    ],
    commands: [
      // The kernel lists mounts from the bottom up.
      ...mounts.toReversed().map(umountCommand),
      ...swaps.map((path) => `swapoff ${shellQuote(path)}`),
      ...new Set(holders.map(freeCommand)),
      ...new Set(writers.map(stopCommand)),
    ].filter(Boolean),
  };
}

function mountReason({ device, mountPoint, otherNamespacePid }: DeviceMount): string {
  const where =
    otherNamespacePid === undefined
      ? ''
      : ` in the mount namespace of process ${otherNamespacePid}`;
  return `${device} is mounted on ${mountPoint}${where}`;
}

function umountCommand({ mountPoint, otherNamespacePid }: DeviceMount): string {
  const umount = `umount ${shellQuote(mountPoint)}`;
  return otherNamespacePid === undefined
    ? umount
    : `nsenter --mount --target ${otherNamespacePid} ${umount}`;
}

function holderReason({ kind, name, volume, path, on }: Holder): string {
  switch (kind) {
    case 'lvm':
      return volume === undefined
        ? `${on} belongs to the LVM volume group ${name}`
        : `${on} holds the LVM volume ${volume} of the group ${name}`;
    case 'crypt':
      return `${on} is opened as the encrypted device ${name}`;
    case 'md':
      return `${on} belongs to the RAID array ${path}`;
    case 'multipath':
      return `${on} belongs to the multipath device ${name}`;
    case 'loop':
      return `${on} is the backing device of the loop device ${path}`;
    case 'other':
      return `${on} is in use by ${path}${name === path ? '' : ` (${name})`}`;
  }
}

function freeCommand({ kind, name, path }: Holder): string {
  switch (kind) {
    case 'lvm':
      return `vgchange -an ${shellQuote(name)}`;
    case 'crypt':
      return `cryptsetup close ${shellQuote(name)}`;
    case 'md':
      return `mdadm --stop ${path}`;
    case 'multipath':
      return `multipath -f ${shellQuote(name)}`;
    case 'loop':
      return `losetup -d ${path}`;
    case 'other':
      return path.startsWith('/dev/dm-') ? `dmsetup remove ${shellQuote(name)}` : '';
  }
}
