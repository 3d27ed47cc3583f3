import { formatBytes } from '../lib/quantities.ts';
import { nameOfPartition } from '../plan/partition-fates.ts';
import type { Plan } from '../plan/plan.ts';

/** `5 "data" (xfs "var", 100 GiB): kept as 6 (--save-partlabel data*)`, a line for each partition. */
export function describeFates({ partitions, saved }: Pick<Plan, 'partitions' | 'saved'>): string[] {
  if (saved === undefined) return [];
  return partitions.map((one) => {
    const { type, label } = one.fileSystem ?? {};
    const fileSystem = [type, label === undefined ? undefined : JSON.stringify(label)];
    const holds = [fileSystem.filter(Boolean).join(' '), formatBytes(one.sizeBytes)];
    const name = `${nameOfPartition(one)} (${holds.filter(Boolean).join(', ')})`;
    const kept = saved.partitions.find(({ number }) => number === one.number);
    if (kept === undefined) return `${name}: lost`;
    const as = kept.newNumber === one.number ? '' : ` as ${kept.newNumber}`;
    return `${name}: kept${as} (${one.savedBy?.given})`;
  });
}
