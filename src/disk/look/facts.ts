import type { Bus } from '../../parameters/device-rule.ts';

/** What `inspectDevice` finds out; plain values, all gathered by reading. */
export interface DeviceFacts {
  /** What the user wrote. */
  readonly requested: string;
  /** Where that leads once links are followed: the kernel's name, for a block device. */
  readonly path: string;
  readonly kind: DeviceKind;
  /** The disks of this machine, for a user who named something else. */
  readonly disks: readonly DiskSummary[];
  /** Only for block devices. */
  readonly device: BlockDeviceFacts | undefined;
}

export type DeviceKind =
  | 'block-disk'
  | 'partition'
  | 'cdrom'
  | 'char'
  | 'directory'
  | 'file'
  | 'missing';

export interface DiskSummary {
  readonly path: string;
  readonly sizeBytes: number;
  readonly model: string | undefined;
}

export interface BlockDeviceFacts {
  readonly majMin: string;
  /** The disk that a partition is part of; of a disk, itself. */
  readonly diskPath: string;
  readonly sizeBytes: number;
  readonly logicalSectorSizeBytes: number;
  readonly physicalSectorSizeBytes: number;
  readonly readOnly: boolean;
  /** It has zones that can only be written in sequence (host-managed SMR, ZNS). */
  readonly isZoned: boolean;
  readonly removable: boolean;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  /** The World Wide Name, as the kernel writes it: `naa.5002538e40b0`, `eui.0025385b71b0`. */
  readonly wwn: string | undefined;
  /** How it is attached; undefined where that is none of these. */
  readonly bus: Bus | undefined;
  /** Made by software out of files, memory or other disks; a multipath device is a disk. */
  readonly isVirtual: boolean;
  /** False for device-mapper: the kernel takes no partitions of it. */
  readonly takesPartitions: boolean;
  /** Not 0 where the device zeroes a range by itself. */
  readonly writeZeroesMaxBytes: number;
  readonly diskseq: number | undefined;
  /** The file behind a loop device. */
  readonly loopBackingFile: string | undefined;
  /** What a device-mapper device is for. */
  readonly mapKind: HolderKind | undefined;
  /** Of a RAID by the kernel's driver (md). */
  readonly raid: Raid | undefined;
  readonly partitions: readonly DevicePartition[];
  readonly mounts: readonly DeviceMount[];
  /** Paths of swap areas in use. */
  readonly swaps: readonly string[];
  /** In the order in which they have to be freed. */
  readonly holders: readonly Holder[];
  readonly openers: readonly Opener[];
}

export interface Raid {
  /** `raid1`; none for a container, which has no data. */
  readonly level: string;
  /** `1.2`, or `external:imsm` where the firmware knows the RAID, too. */
  readonly metadata: string;
}

export interface DevicePartition {
  readonly name: string;
  readonly path: string;
  readonly number: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

export interface DeviceMount {
  /** The device as the kernel names it: the disk, a partition, or what is built on them. */
  readonly device: string;
  readonly mountPoint: string;
  /** A process that sees the mount, where the installer's own mount namespace does not. */
  readonly otherNamespacePid: number | undefined;
}

export type HolderKind = 'lvm' | 'crypt' | 'multipath' | 'md' | 'loop' | 'other';

/** A block device that is built on the disk or on one of its partitions. */
export interface Holder {
  readonly kind: HolderKind;
  /** Its kernel path: `/dev/dm-0`, `/dev/md127`. */
  readonly path: string;
  /** What its own tools call it: the mapping's name, the volume group for LVM, else the path. */
  readonly name: string;
  /** The logical volume, for LVM. */
  readonly volume?: string;
  /** The disk or partition that it sits on. */
  readonly on: string;
}

export interface Opener {
  readonly pid: number;
  readonly command: string;
  /** The service that it is, where it is one. */
  readonly service: string | undefined;
  readonly device: string;
  readonly forWriting: boolean;
}

/** The command that stops a program: systemd may restart a service that was only killed. */
export function stopCommand({ pid, service }: Pick<Opener, 'pid' | 'service'>): string {
  return service === undefined ? `kill ${pid}` : `systemctl stop ${service}`;
}
