import type { DevicePartition } from './facts.ts';

declare const checked: unique symbol;

/**
 * A whole block device that may be overwritten. Only `checkTarget` in `plan/target.ts` makes one,
 * after every check has passed; whatever writes asks for this type.
 */
export interface Target {
  readonly [checked]: true;
  /** The kernel's name for it, `/dev/sda`. */
  readonly path: string;
  /** What the user wrote, `disk/by-id/wwn-0x5000`. */
  readonly requested: string;
  /** The kernel's number for it, `8:0`. */
  readonly majMin: string;
  readonly sizeBytes: number;
  readonly sectorSizeBytes: number;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  /** Counts up whenever a device takes this place (Linux 5.15 and later). */
  readonly diskseq: number | undefined;
  /** False for device-mapper: the kernel takes no partitions of it. */
  readonly takesPartitions: boolean;
  /** Not 0 where the device zeroes a range by itself. */
  readonly writeZeroesMaxBytes: number;
  /** What the kernel knows from the table that is on the disk now. */
  readonly partitions: readonly DevicePartition[];
}
