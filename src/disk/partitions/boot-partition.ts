import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, WriteError } from '../../lib/errors.ts';
import { settleAll } from '../../lib/promises.ts';
import type { GptPartition } from '../gpt/gpt.ts';
import { type DeviceRange, probeFileSystem } from '../look/probe.ts';
import { allDisks, findByNumber, partitionsOf, type SysBlock, sysBlock } from '../look/sysfs.ts';
import type { Target } from '../look/target.ts';
import { deviceError } from '../own/device-errors.ts';

/** The label by which Fedora CoreOS finds its boot file system. */
const bootLabel = 'boot';

/** Where a boot file system is on its disk, and of which kind it is. */
export interface BootPartition extends DeviceRange {
  /** `ext4` */
  readonly type: string;
}

/**
 * The partition with the file system labelled `boot`, among `candidates` of the new disk: other disks
 * of the machine may have one too. They are looked at in their places on the disk, which the kernel
 * need not know. None, or two, is an `InputError`; a disk that cannot be read, a `WriteError`.
 */
export async function findBootPartition(
  target: Target,
  candidates: readonly GptPartition[],
): Promise<BootPartition> {
  const [boot, second] = await bootPartitionsAmong(target, candidates).catch((error) => {
    throw error instanceof WriteError
      ? error
      : deviceError(target, 'reading its partitions', error);
  });
  if (boot !== undefined && second === undefined) return boot;
  throw new InputError({
    code: boot ? 'image-boot-ambiguous' : 'image-boot-missing',
    failed: `Cannot configure ${target.path}`,
    why: boot
      ? `the image has two file systems labelled ${bootLabel} (partitions ${boot.number} and ${second?.number})`
      : `the image has no file system labelled ${bootLabel}`,
    next: 'Use a Fedora CoreOS metal image.',
  });
}

/** All of them, in their order. Throws `CommandError` and the system's errors where they cannot be looked at. */
export async function bootPartitionsAmong(
  target: Pick<Target, 'path'>,
  candidates: readonly GptPartition[],
): Promise<(BootPartition & { readonly number: number })[]> {
  const probed = await settleAll(candidates.map((range) => probeFileSystem(target.path, range)));
  const boots = candidates.flatMap(({ number, offsetBytes, sizeBytes }, index) => {
    const { label, type = '' } = probed[index] ?? {};
    return label === bootLabel ? [{ number, offsetBytes, sizeBytes, type }] : [];
  });
  // Where blkid can read nothing, it finds nothing.
  if (boots.length === 0) await requireReadable(target, candidates);
  return boots;
}

/** Superblocks of file systems are in the first 68 KiB: that of btrfs is the last one. */
const superblocksBytes = 68 * 1024;

async function requireReadable(
  { path }: Pick<Target, 'path'>,
  ranges: readonly DeviceRange[],
): Promise<void> {
  await using file = await open(path);
  const bytes = Buffer.alloc(superblocksBytes);
  for (const { offsetBytes, sizeBytes } of ranges) {
    const endBytes = offsetBytes + Math.min(superblocksBytes, sizeBytes);
    // A read ends before what cannot be read, and the next one says so.
    for (let at = offsetBytes; at < endBytes; ) {
      const { bytesRead } = await file.read(bytes, 0, endBytes - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
  }
}

/** On another disk. */
export interface OtherBoot extends BootPartition {
  readonly path: string;
  readonly sectorSizeBytes: number;
}

/**
 * Partitions of *other* disks that carry the same label: the installed system finds its boot file
 * system by label, and may pick one of these. Those that cannot be looked at are left out.
 */
export async function otherBootPartitions(
  target: Pick<Target, 'majMin'>,
  sysRoot = '/sys',
): Promise<OtherBoot[]> {
  const all = otherDisks(target, sysRoot).flatMap((disk) => {
    const sectorSizeBytes = disk.number('queue/logical_block_size') ?? 512;
    return partitionsOf(disk).map(({ path, sizeBytes }) => ({ path, sizeBytes, sectorSizeBytes }));
  });
  const probed = await settleAll(
    all.map(({ path, sizeBytes }) =>
      probeFileSystem(path, { offsetBytes: 0, sizeBytes }).catch(() => undefined),
    ),
  );
  return all.flatMap((partition, index) => {
    const { label, type = '' } = probed[index] ?? {};
    return label === bootLabel ? [{ ...partition, offsetBytes: 0, type }] : [];
  });
}

/** Not the target, and not what it is made of: the paths of a multipath device are the same disk. */
export function otherDisks({ majMin }: Pick<Target, 'majMin'>, sysRoot: string): SysBlock[] {
  const own = new Set([majMin]);
  for (const number of own) {
    const block = findByNumber(number, sysRoot);
    for (const name of block?.list('slaves') ?? []) {
      own.add(sysBlock(join(sysRoot, 'block', name)).majMin);
    }
  }
  return allDisks(sysRoot).filter((disk) => !own.has(disk.majMin));
}
