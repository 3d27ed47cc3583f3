import type { DevicePartition } from './facts.ts';
import { probe, type Signatures } from './probe.ts';

/** What is on a disk now, and will be lost. */
export interface DiskContents extends Signatures {
  readonly partitions: readonly PartitionContents[];
}

export type PartitionContents = Pick<
  DevicePartition,
  'path' | 'number' | 'startBytes' | 'sizeBytes'
> &
  Pick<Signatures, 'fileSystem'>;

/** Looks at a disk, and at the partitions that the kernel knows of it. Opens them for reading. */
export async function readContents(
  path: string,
  partitions: readonly DevicePartition[],
): Promise<DiskContents> {
  const [disk, ...parts] = await Promise.all([
    probe(path),
    ...partitions.map(async ({ path, number, startBytes, sizeBytes }) => {
      return { path, number, startBytes, sizeBytes, fileSystem: (await probe(path)).fileSystem };
    }),
  ]);
  return { ...disk, partitions: parts };
}
