import type { DiskTable } from '../gpt/disk-table.ts';
import type { DevicePartition } from './facts.ts';
import { probe, type Signatures } from './probe.ts';

/** What is on a disk now. */
export interface DiskContents extends Signatures {
  readonly partitions: readonly PartitionContents[];
}

export interface PartitionContents
  extends Pick<DevicePartition, 'path' | 'number' | 'startBytes' | 'sizeBytes'>,
    Pick<Signatures, 'fileSystem'> {
  /** Its name in the partition table, where that is a GPT. */
  readonly label?: string | undefined;
  /** It has a label that no partition of Fedora CoreOS has, and a file system: somebody's data. */
  readonly beyondSystem?: boolean;
}

/** Looks at a disk, and at the partitions that the kernel knows of it. Opens them for reading. */
export async function readContents(
  path: string,
  partitions: readonly DevicePartition[],
  table: Pick<DiskTable, 'gpt'> | undefined,
): Promise<DiskContents> {
  const [disk, ...parts] = await Promise.all([
    probe(path),
    ...partitions.map(async ({ path, number, startBytes, sizeBytes }) => {
      const { fileSystem } = await probe(path);
      const entry = table?.gpt.partitions.find(({ offsetBytes }) => offsetBytes === startBytes);
      const found = { path, number, startBytes, sizeBytes, fileSystem };
      if (entry === undefined) return found;
      const beyondSystem = fileSystem !== undefined && !isSystemLabel(entry.name);
      return { ...found, label: entry.name, beyondSystem };
    }),
  ]);
  return { ...disk, partitions: parts };
}

/** The labels of the partitions of Fedora CoreOS and Red Hat CoreOS, of all platforms and years. */
const systemLabels = new Set([
  'boot',
  'root',
  'luks_root',
  'EFI-SYSTEM',
  'BIOS-BOOT',
  'PowerPC-PReP-boot',
  'PReP',
  'reserved',
]);

export function isSystemLabel(label: string): boolean {
  return systemLabels.has(label);
}
