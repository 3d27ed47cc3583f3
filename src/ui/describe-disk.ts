import type { DiskContents, PartitionContents } from '../disk/look/contents.ts';
import type { FileSystem } from '../disk/look/probe.ts';
import { formatBytes } from '../lib/quantities.ts';

/** `931 GiB, Samsung SSD 870, serial S5Y1`. */
export function describeDisk(disk: {
  readonly sizeBytes: number;
  readonly model: string | undefined;
  readonly serial: string | undefined;
}): string {
  const serial = disk.serial === undefined ? undefined : `serial ${disk.serial}`;
  const model = disk.model;
  return [formatBytes(disk.sizeBytes), model, serial]
    .filter((text) => text !== undefined)
    .join(', ');
}

/** What is on a disk: `GPT with 2 partitions: 1 vfat "EFI" (512 MiB, label "EFI-SYSTEM"), …`. */
export function describeContents(contents: DiskContents): string {
  const { partitionTable, fileSystem, partitions } = contents;
  const whole = [
    ...(partitionTable === undefined ? [] : [tableNames[partitionTable] ?? partitionTable]),
    ...(fileSystem === undefined ? [] : [describeFileSystem(fileSystem)]),
  ];
  if (partitions.length === 0) {
    return whole.length === 0 ? 'no partition table or file system found' : whole.join(', ');
  }
  const count = `${partitions.length} partition${partitions.length === 1 ? '' : 's'}`;
  const list = partitions.map(describePartition).join(', ');
  return `${[...whole, count].join(' with ')}: ${list}`;
}

const tableNames: Readonly<Record<string, string>> = { gpt: 'GPT', dos: 'MBR' };

function describePartition({ number, label, fileSystem, sizeBytes }: PartitionContents): string {
  const holds = fileSystem === undefined ? '' : ` ${describeFileSystem(fileSystem)}`;
  const named = label ? `, label ${JSON.stringify(label)}` : '';
  return `${number}${holds} (${formatBytes(sizeBytes)}${named})`;
}

function describeFileSystem({ type, label }: FileSystem): string {
  return label === undefined ? type : `${type} "${label}"`;
}
