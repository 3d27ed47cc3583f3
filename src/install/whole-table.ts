import type { OwnedDisk } from '../disk/own/owned-disk.ts';
import { wipeOldSignatures } from '../disk/write/wipe.ts';
import type { WriterOptions } from '../disk/write/writer.ts';
import type { Plan } from '../plan/plan.ts';
import { commit, withdraw } from './commit.ts';
import { writePieces } from './table-pieces.ts';
import type { TableWrites } from './table-writes.ts';

/** The whole disk is overwritten: there is no partition table until the last write. */
export function wholeTable(plan: Plan, disk: OwnedDisk, use: WriterOptions): TableWrites {
  return {
    cleared: 'no-table',
    recheck: async () => undefined,
    clear: async (device, onCleared) => {
      await wipeOldSignatures(plan.target, device);
      onCleared();
    },
    commit: async (head, beforeLast) => {
      await disk.write(use, (device) => commit(plan, head, device, beforeLast));
      return [];
    },
    withdraw: async (head) =>
      await withdraw(plan, head, (offsetBytes, bytes) =>
        disk.write({}, (device) => writePieces(device, [{ offsetBytes, bytes }])),
      ),
    notWithdrawn: 'its partition table could not be removed',
    newPartitions: plan.image.gpt.partitions,
    leftPartitions: [],
  };
}
