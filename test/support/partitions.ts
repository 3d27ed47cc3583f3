import { open } from 'node:fs/promises';
import { execa } from 'execa';
import { partitionsOf, sysBlock } from '../../src/disk/look/sysfs.ts';
import { addPartition, deletePartition, type PartitionRange } from '../../src/native/system.ts';
import { hasCode, retryWhile } from '../../src/system/retry-while.ts';

/**
 * Writes a new GPT to a disk or file with one partition for each line of sfdisk(8): `start=2048, size=8M`.
 * The kernel is not informed. sgdisk writes the same, and takes a second for each table.
 */
export async function makeTable(path: string, ...partitions: readonly string[]): Promise<void> {
  const input = ['label: gpt', ...partitions].join('\n');
  await execa('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', path], { input });
}

/** Adds partitions of a loop device to the kernel, independent of the table on it. */
export async function addPartitions(path: string, ...partitions: PartitionRange[]): Promise<void> {
  await using file = await open(path, 'r');
  for (const partition of partitions) addPartition(file.fd, partition);
}

/** Makes the kernel forget all partitions of a loop device: another test may see `boot` among them. */
export async function forgetPartitions(path: string): Promise<void> {
  await using file = await open(path, 'r');
  for (const { number } of partitionsOf(sysBlock(`/sys/block/${path.slice(5)}`))) {
    // The installer of another test may have it open for a moment.
    await retryWhile(() => deletePartition(file.fd, number), hasCode('EBUSY'));
  }
}
