import { accessSync } from 'node:fs';
import { WriteError } from '../errors.ts';
import { together } from '../together.ts';
import { CommandError, findTool, run } from './command.ts';
import type { GptPartition } from './gpt.ts';
import { patiently } from './patiently.ts';
import { kernelSectorBytes, partitionsOf } from './sysfs.ts';
import type { Target } from './target.ts';
import { sysBlockOf } from './target-block.ts';

export interface MappedPartition {
  readonly number: number;
  /** `/dev/sda3`, `/dev/nvme0n1p3`. */
  readonly path: string;
}

/** Partitions that the kernel was told of; it forgets them again when this is disposed. */
export interface MappedPartitions extends AsyncDisposable {
  readonly partitions: readonly MappedPartition[];
  /** The paths of `partitions`, in the same order. */
  readonly paths: readonly string[];
}

/**
 * Tells the kernel of partitions of a disk on which no partition table stands. What it knew from
 * an earlier table is forgotten first. Where the kernel takes none (multipath), loop devices stand in
 * for them. Throws `WriteError`.
 */
export async function mapPartitions(
  target: Target,
  partitions: readonly GptPartition[],
): Promise<MappedPartitions> {
  await forgetPartitions(target);
  const map = target.takesPartitions ? addPartition : loopOver;
  await using undo = new AsyncDisposableStack();
  const forgets: Forget[] = [];
  undo.defer(async () => void (await together(forgets.map((forget) => forget()))));
  const mapped = await together(
    partitions.map(async (partition) => ({
      number: partition.number,
      path: await map(target, partition, (forget) => forgets.push(forget)),
    })),
  );
  const owned = undo.move();
  return {
    partitions: mapped,
    paths: mapped.map(({ path }) => path),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const inUse = 'has a partition in use';

type Forget = () => Promise<void>;

/** Tells the kernel of a partition, and `undone` how it forgets it; returns its path. */
async function addPartition(
  target: Target,
  { number, offsetBytes, sizeBytes }: GptPartition,
  undone: (forget: Forget) => void,
): Promise<string> {
  const range = [offsetBytes / kernelSectorBytes, sizeBytes / kernelSectorBytes].map(String);
  await inWords(target, 'cannot be told of its new partitions', () =>
    run('addpart', [target.path, String(number), ...range]),
  );
  undone(() => inWords(target, inUse, () => deletePartition(target, number)));
  return await nodeOf(target, number);
}

/** A loop device stands in for a partition of what takes none. */
async function loopOver(
  target: Target,
  { offsetBytes, sizeBytes }: GptPartition,
  undone: (forget: Forget) => void,
): Promise<string> {
  sysBlockOf(target);
  const place = ['--offset', String(offsetBytes), '--sizelimit', String(sizeBytes)];
  const { stdout } = await inWords(target, 'cannot be looked into partition by partition', () =>
    run('losetup', ['--find', '--show', ...place, target.path]),
  );
  const path = stdout.trim();
  undone(() => inWords(target, inUse, () => detach(path)));
  return path;
}

async function detach(path: string): Promise<void> {
  await settle();
  await run('losetup', ['--detach', path]);
}

/** Makes the kernel forget all partitions of the disk; one in use is a `WriteError`. */
export async function forgetPartitions(target: Target): Promise<void> {
  await inWords(target, inUse, () => deletePartitions(target));
}

/** As {@link forgetPartitions}, for callers who have words of their own: one in use is a `CommandError`. */
export async function deletePartitions(target: Target): Promise<void> {
  await together(
    partitionsOf(sysBlockOf(target)).map(({ number }) => deletePartition(target, number)),
  );
}

async function deletePartition({ path }: Target, number: number): Promise<void> {
  await patiently(async () => {
    await settle();
    await run('delpart', [path, String(number)]);
  });
}

/**
 * Makes the kernel read the partition table that is on the disk. Loop devices without partition
 * scanning cannot (EINVAL): there the partitions are told one by one.
 */
export async function rereadPartitions(target: Target): Promise<void> {
  await settle();
  try {
    await run('blockdev', ['--rereadpt', target.path]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    await inWords(target, 'has a new partition table that the kernel does not read', () =>
      run('partx', ['--update', target.path]),
    );
  }
  await settle();
}

/** Waits until udev has dealt with what happened, where udev runs at all. */
export async function settle(): Promise<void> {
  try {
    accessSync('/run/udev/control');
  } catch {
    return;
  }
  if (!findTool('udevadm')) return;
  await run('udevadm', ['settle', '--timeout=20'], { allowExitCodes: [1] });
}

/** The kernel's own name for a partition; devtmpfs has made its node before addpart returns. */
async function nodeOf(target: Target, number: number): Promise<string> {
  await settle();
  const path = partitionsOf(sysBlockOf(target)).find((found) => found.number === number)?.path;
  try {
    accessSync(path ?? '');
    return path ?? '';
  } catch (error) {
    throw new WriteError(
      {
        failed: `Cannot configure ${target.path}`,
        why: `its partition ${number} did not appear in /dev`,
        next: 'Make sure that /dev is a devtmpfs, then run the same command again.',
      },
      { cause: error },
    );
  }
}

async function inWords<T>(target: Target, why: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new WriteError(
      {
        failed: `Cannot configure ${target.path}`,
        why: `it ${why} (${error.message})`,
        next: 'Restart the machine, then run the same command again.',
      },
      { cause: error },
    );
  }
}
