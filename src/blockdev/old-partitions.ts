import { CommandError } from './command.ts';
import { partitionsBusyError } from './device-errors.ts';
import { deletePartitions, rereadPartitions } from './partition-table.ts';
import type { Target } from './target.ts';

/**
 * Makes the kernel forget the partitions of the table that still stands on the disk, before anything
 * is written: one that somebody has open, if only for reading, could not be replaced when the image is
 * there, after the whole download. Throws `TargetError` then, and the kernel knows all of them again.
 */
export async function dropOldPartitions(target: Target): Promise<void> {
  try {
    await deletePartitions(target);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const busy = partitionsBusyError(target, error);
    // What is in the way is what has to be told, also when the rest does not come back.
    await rereadPartitions(target).catch(() => undefined);
    throw busy;
  }
}
