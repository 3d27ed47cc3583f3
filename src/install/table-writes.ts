import type { NumberedRange } from '../disk/partitions/kernel-partitions.ts';
import type { DeviceWriter } from '../disk/write/writer.ts';
import type { DiskState } from './disk-state.ts';

/** How the partition table of the target is replaced: as a whole, or with partitions that stay. */
export interface TableWrites {
  /** The state of the disk from `clear` to `commit`, and after `withdraw`. */
  readonly cleared: DiskState;
  /** Throws `TargetError` where the table is not that of the plan any more. */
  recheck(): Promise<void>;
  /**
   * Takes away the old table and what it describes, before the first byte of the image. Calls
   * `onCleared` when nothing on the disk can boot.
   */
  clear(device: DeviceWriter, onCleared: () => void): Promise<void>;
  /**
   * Makes the disk bootable; `beforeLast` is awaited before the first write that could do so. After an
   * error `withdraw` must be called. Returns warnings.
   */
  commit(head: Uint8Array, beforeLast: () => Promise<void>): Promise<string[]>;
  withdraw(head: Uint8Array): Promise<void>;
  /** Why the disk must not be booted from if that fails. */
  readonly notWithdrawn: string;
  /** The partitions of the new table. */
  readonly newPartitions: readonly NumberedRange[];
  /** Those that are left when the installation has failed. */
  readonly leftPartitions: readonly NumberedRange[];
}
