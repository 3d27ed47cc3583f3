import { existsSync } from 'node:fs';
import { WriteError } from '../../lib/errors.ts';
import { settleAll } from '../../lib/promises.ts';
import { addPartition, deletePartition, ioctl, type PartitionRange } from '../../native/system.ts';
import { hasCode, retryWhile } from '../../system/retry-while.ts';
import { run } from '../../system/run-command.ts';
import { findTool } from '../../system/tools.ts';
import type { DeviceRange } from '../look/probe.ts';
import { partitionsOf } from '../look/sysfs.ts';
import type { Target } from '../look/target.ts';
import { sysBlockOf } from '../look/target-block.ts';
import { partitionsBusyError } from '../own/device-errors.ts';
import type { DeviceFile } from '../own/device-file.ts';

/** BLKRRPART of linux/fs.h. */
const rereadTable = 0x125f;

/**
 * Makes the kernel forget the partitions of the table that is still on the disk, before anything is
 * written: one that a program has open, if only for reading, could not be replaced after the whole
 * download. Throws `TargetError` then, and the kernel knows all of them again.
 */
export async function dropOldPartitions(target: Target, file: DeviceFile): Promise<void> {
  const old = partitionsOf(sysBlockOf(target));
  try {
    await settleAll(
      old.map(({ number }) => retryWhile(() => forget(file, number), hasCode('EBUSY'))),
    );
  } catch (error) {
    if (!hasCode('EBUSY')(error)) throw partitionsError(target, error);
    const busy = partitionsBusyError(target, error);
    for (const partition of old) addAgain(file, partition);
    throw busy;
  }
}

function forget(file: DeviceFile, number: number): void {
  try {
    deletePartition(file.fd, number);
  } catch (error) {
    // Another program has removed it already.
    if (!hasCode('ENXIO')(error)) throw error;
  }
}

/** The error to report is the busy partition, also when the others cannot be added again. */
function addAgain(file: DeviceFile, partition: PartitionRange): void {
  try {
    addPartition(file.fd, partition);
  } catch {
    // That one was never gone, most likely.
  }
}

export interface NumberedRange extends DeviceRange {
  readonly number: number;
}

/**
 * Makes the kernel read the partition table that is on the disk. Loop devices without partition
 * scanning cannot (EINVAL): there the partitions are added one by one. On device-mapper it has
 * none; udev maps them (kpartx) once the disk is closed. Throws an error of the system.
 */
export function rereadPartitions(
  { takesPartitions }: Target,
  file: Pick<DeviceFile, 'fd'>,
  { partitions }: { readonly partitions: readonly NumberedRange[] },
): void {
  if (!takesPartitions) return;
  try {
    ioctl(file.fd, 'BLKRRPART', rereadTable);
  } catch (error) {
    if (!hasCode('EINVAL')(error)) throw error;
    for (const { number, offsetBytes, sizeBytes } of partitions) {
      addPartition(file.fd, { number, startBytes: offsetBytes, sizeBytes });
    }
  }
}

/**
 * Waits until udev has processed its events, where udev runs at all, for at most 20 seconds. It
 * takes all of them while a disk is locked. Never throws: nothing on a disk depends on it.
 */
export async function settle(controlPath = '/run/udev/control'): Promise<void> {
  if (!existsSync(controlPath) || !findTool('udevadm')) return;
  await run('udevadm', ['settle', '--timeout=20']).catch(() => undefined);
}

function partitionsError(target: Target, cause: unknown): WriteError {
  return new WriteError(
    {
      code: 'target-partitions-kept',
      failed: `Cannot write to ${target.path}`,
      why: `the kernel does not remove its old partitions (${(cause as Error).message})`,
      next: 'Restart the machine, then run the same command again.',
    },
    { cause },
  );
}
