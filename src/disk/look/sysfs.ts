import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Bus } from '../../parameters/device-rule.ts';
import { listNames, readText } from '../../system/kernel-files.ts';
import type { DevicePartition, DiskSummary } from './facts.ts';

/** The kernel counts in these, whatever the device's own sector size. */
export const kernelSectorBytes = 512;

/**
 * A block device in sysfs. Attributes that this kernel lacks read as undefined.
 * Source of fact: Documentation/ABI/stable/sysfs-block.
 */
export interface SysBlock {
  readonly directory: string;
  /** `sda`, `nvme0n1p1`, `dm-0`. */
  readonly name: string;
  /** `/dev/sda`; the kernel writes `!` in a name for the `/` of a path. */
  readonly path: string;
  readonly majMin: string;
  attribute(name: string): string | undefined;
  number(name: string): number | undefined;
  list(name: string): string[];
}

export function sysBlock(directory: string): SysBlock {
  const name = basename(directory);
  const attribute = (file: string) => readText(join(directory, file));
  return {
    directory,
    name,
    path: `/dev/${name.replaceAll('!', '/')}`,
    majMin: attribute('dev') ?? '',
    attribute,
    number(file) {
      const text = attribute(file);
      return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
    },
    list: (subdirectory) => listNames(join(directory, subdirectory)),
  };
}

/** The device with this number (`8:0`), or undefined when the kernel has none. */
export function findByNumber(majMin: string, sysRoot: string): SysBlock | undefined {
  try {
    return sysBlock(realpathSync(join(sysRoot, 'dev/block', majMin)));
  } catch {
    return undefined;
  }
}

/** All whole block devices; partitions are not among them. */
export function allDisks(sysRoot: string): SysBlock[] {
  return listNames(join(sysRoot, 'block')).flatMap((name) => {
    try {
      return [sysBlock(realpathSync(join(sysRoot, 'block', name)))];
    } catch {
      return [];
    }
  });
}

export function isPartition(block: SysBlock): boolean {
  return block.attribute('partition') !== undefined;
}

/** The disk of a partition; a disk itself otherwise. */
export function wholeDisk(block: SysBlock): SysBlock {
  return isPartition(block) ? sysBlock(dirname(block.directory)) : block;
}

export function sizeBytesOf(block: SysBlock): number {
  return (block.number('size') ?? 0) * kernelSectorBytes;
}

/** The partitions that the kernel knows now, in order of their numbers. */
export function partitionsOf(disk: SysBlock): (DevicePartition & { readonly block: SysBlock })[] {
  return disk
    .list('.')
    .map((name) => sysBlock(join(disk.directory, name)))
    .filter(isPartition)
    .map((block) => ({
      block,
      name: block.name,
      path: block.path,
      number: block.number('partition') ?? 0,
      startBytes: (block.number('start') ?? 0) * kernelSectorBytes,
      sizeBytes: sizeBytesOf(block),
    }))
    .toSorted((a, b) => a.number - b.number);
}

/** SCSI peripheral type 5 is a CD or DVD drive (SPC-4 §6.4.2). */
export function isCdrom(disk: SysBlock): boolean {
  return /^sr\d+$/.test(disk.name) || disk.attribute('device/type') === '5';
}

/**
 * Never worth showing: memory that looks like a disk, the firmware's flash, floppy disks, the boot areas and the
 * like that an eMMC has as disks of their own (`mmcblk0boot0`), and single paths of a multipath NVMe
 * (`nvme0c0n1`), which have no device node.
 */
export function isNoDisk(disk: SysBlock): boolean {
  return (
    /^(zram|ram|fd|mtdblock)\d|^mmcblk\d+(boot|gp|rpmb)/.test(disk.name) ||
    disk.attribute('hidden') === '1'
  );
}

export function modelOf(disk: SysBlock): string | undefined {
  const words = [disk.attribute('device/vendor'), disk.attribute('device/model')];
  // A PCI number (virtio, NVMe) or the placeholder of SATA disks says nothing.
  const telling = words.filter((word) => word && word !== 'ATA' && !word.startsWith('0x'));
  return telling.length > 0 ? telling.join(' ') : undefined;
}

export function serialOf(disk: SysBlock): string | undefined {
  const found = [
    ...[disk.attribute('serial'), disk.attribute('device/serial')],
    ...[unitSerialOf(disk), disk.attribute('wwid')],
  ];
  return found.find(Boolean) || undefined;
}

/** That of a SCSI disk, and of one that the kernel treats as such: page 80h (SPC-4 section 7.8.15). */
function unitSerialOf({ directory }: SysBlock): string | undefined {
  try {
    const page = readFileSync(join(directory, 'device/vpd_pg80'));
    const end = 4 + page.readUInt16BE(2);
    return page.toString('latin1', 4, end).replaceAll('\0', ' ').trim();
  } catch {
    return undefined;
  }
}

/** A memory card, which the kernel does not call removable; soldered ones are of type MMC. */
export function isCard(disk: SysBlock): boolean {
  return disk.name.startsWith('mmcblk') && disk.attribute('device/type') === 'SD';
}

export function wwnOf(disk: SysBlock): string | undefined {
  return [disk.attribute('device/wwid'), disk.attribute('wwid')].find(Boolean) || undefined;
}

/**
 * How a disk is attached, by its name and its place in sysfs. SATA disks and USB sticks are SCSI
 * disks to the kernel; so is what virtio-scsi has.
 */
export function busOf({ name, directory }: Pick<SysBlock, 'name' | 'directory'>): Bus | undefined {
  if (/^nvme\d/.test(name)) return 'nvme';
  if (/^mmcblk\d/.test(name)) return 'mmc';
  if (/^vd[a-z]/.test(name)) return 'virtio';
  if (!/^sd[a-z]/.test(name)) return undefined;
  if (/\/usb\d+\//.test(directory)) return 'usb';
  return /\/ata\d+\//.test(directory) ? 'sata' : 'scsi';
}

/**
 * Made by software, or memory (pmem). Native multipath of NVMe is among what the kernel calls virtual, and is no
 * such thing.
 */
export function isVirtual({ name, directory }: Pick<SysBlock, 'name' | 'directory'>): boolean {
  return (
    (directory.includes('/devices/virtual/') && !name.startsWith('nvme')) || /^pmem\d/.test(name)
  );
}

/** Neither drives for discs nor anything that is made by software. */
export function realDisks(sysRoot: string): SysBlock[] {
  return allDisks(sysRoot).filter(
    (disk) => sizeBytesOf(disk) > 0 && !isCdrom(disk) && !isNoDisk(disk) && !isVirtual(disk),
  );
}

/** What a user could install to: not empty, not a CD, not memory. */
export function installableDisks(sysRoot: string): DiskSummary[] {
  return allDisks(sysRoot)
    .filter((disk) => sizeBytesOf(disk) > 0 && !isCdrom(disk) && !isNoDisk(disk))
    .map((disk) => ({ path: disk.path, sizeBytes: sizeBytesOf(disk), model: modelOf(disk) }))
    .toSorted((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
}
