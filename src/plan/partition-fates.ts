import type { TableFound } from '../disk/gpt/disk-table.ts';
import type { GptPartition } from '../disk/gpt/gpt.ts';
import { type DiskContents, isOfSystem } from '../disk/look/contents.ts';
import { type FileSystem, probe } from '../disk/look/probe.ts';
import { settleAll } from '../lib/promises.ts';
import type { PartitionFilter } from '../parameters/partition-filter.ts';

/** A partition of the table that is on the target, and what becomes of it. */
export interface PartitionFate extends GptPartition {
  readonly fileSystem: FileSystem | undefined;
  /** The filter that saves it; undefined for one that will be lost. */
  readonly savedBy: PartitionFilter | undefined;
  /** Whether the user has named it, rather than a pattern or a range that it fits. */
  readonly isNamed: boolean;
  /** See `PartitionContents`. */
  readonly beyondSystem: boolean;
}

/** Decides for each partition whether a filter saves it, and looks at what is on it. */
export async function partitionFates(
  path: string,
  contents: DiskContents,
  found: Pick<TableFound, 'table' | 'mbr'>,
  filters: readonly PartitionFilter[],
): Promise<PartitionFate[]> {
  const partitions = rivalOf(found, contents) ? [] : (found.table?.gpt.partitions ?? []);
  return await settleAll(
    partitions.map(async (partition) => {
      const { offsetBytes, sizeBytes } = partition;
      const seen = contents.partitions.find(
        (one) => one.startBytes === offsetBytes && one.sizeBytes === sizeBytes,
      );
      // The kernel knows no partitions of some devices.
      const { fileSystem } = seen ?? (await probe(path, { offsetBytes, sizeBytes }));
      const saving = filters.filter((filter) => filter.matches(partition));
      return {
        ...partition,
        fileSystem,
        savedBy: saving[0],
        isNamed: saving.some(({ isExact }) => isExact),
        beyondSystem: fileSystem !== undefined && !isOfSystem(partition),
      };
    }),
  );
}

/**
 * What a disk has in addition to a GPT that makes that a remain, which nothing uses: partitions of an MBR, or a
 * file system on the whole disk where only the backup is left. Undefined without a GPT.
 */
export function rivalOf(
  { table, mbr }: Pick<TableFound, 'table' | 'mbr'>,
  { fileSystem }: Pick<DiskContents, 'fileSystem'>,
): 'MBR' | FileSystem | undefined {
  if (table === undefined) return undefined;
  if (mbr === 'partitions') return 'MBR';
  return table.copy === 'backup' ? fileSystem : undefined;
}

/** `5 "data"`. */
export function nameOfPartition({ number, name }: Pick<GptPartition, 'number' | 'name'>): string {
  return name === '' ? String(number) : `${number} ${JSON.stringify(name)}`;
}

/** The option that would save a partition. A value that begins with - would look like an option. */
export function optionToSave({ number, name }: Pick<GptPartition, 'number' | 'name'>): string {
  return /^[\w.:+][\w.:+-]*$/.test(name)
    ? `--save-partlabel ${name}`
    : `--save-partindex ${number}`;
}
