import type { DiskTable } from '../gpt/disk-table.ts';
import type { GptPartition } from '../gpt/gpt.ts';
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
  /** It has a file system, and is no partition of a system as this installs it: somebody's data. */
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
      const beyondSystem = fileSystem !== undefined && !isOfSystem(entry);
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

/** Types that firmware starts from: EFI system, BIOS boot, PowerPC PReP boot. */
const bootTypes = new Set([
  'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  '21686148-6449-6E6F-744E-656564454649',
  '9E1A2D38-C612-4316-AA26-8B49521E5A8B',
]);

export function isBootType({ typeGuid }: Pick<GptPartition, 'typeGuid'>): boolean {
  return bootTypes.has(typeGuid);
}

/** By its label, or because firmware starts from it: such a partition cannot be saved, either. */
export function isOfSystem(partition: Pick<GptPartition, 'name' | 'typeGuid'>): boolean {
  return systemLabels.has(partition.name) || isBootType(partition);
}
