import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { readDiskTable } from '../../src/disk/gpt/disk-table.ts';
import { partitionsOf, sysBlock } from '../../src/disk/look/sysfs.ts';
import { sizeOf } from './installed-disk.ts';
import { makeTable } from './partitions.ts';
import { Random } from './random.ts';

const mib = 1024 * 1024;

/** In sectors, no even number; the images of `smallFixture` leave more than half of it. */
export const savedDiskBytes = 24 * mib + 5 * 512;

export interface SavedData {
  readonly number: number;
  readonly name: string;
  readonly startBytes: number;
  /** Exclusive. */
  readonly endBytes: number;
  readonly sha256: string;
  /** Its 128 bytes in the table. */
  readonly entry: Buffer;
}

/**
 * Puts an older system on a disk, as its raw image is, and behind it two partitions with data: 5
 * `data`, an ext4 file system labelled `var`, and 7 `logs`, bytes that look random. Their names in the
 * table, types and attributes are not the usual ones.
 */
export async function putOlderSystem(
  path: string,
  imagePath: string,
  sectorSizeBytes = 512,
): Promise<SavedData[]> {
  await using disk = await open(path, 'r+');
  await disk.write(await readFile(imagePath), 0, undefined, 0);
  await disk.sync();
  const sector = (bytes: number) => bytes / sectorSizeBytes;
  const parts = [
    { number: 5, name: 'data', start: 16 * mib, size: 4 * mib },
    { number: 7, name: 'logs', start: 20 * mib + 3 * sectorSizeBytes, size: 2 * mib },
  ];
  await execa('sgdisk', [
    ...['--move-second-header', '--set-alignment=1'],
    ...parts.flatMap(({ number, name, start, size }) => [
      `--new=${number}:${sector(start)}:${sector(start + size) - 1}`,
      ...[`--change-name=${number}:${name}`, `--typecode=${number}:8302`],
      `--attributes=${number}:set:60`,
    ]),
    path,
  ]);
  await disk.write(await ext4(4 * mib), 0, undefined, 16 * mib);
  const random = new Random(22);
  const noise = Buffer.from(Array.from({ length: 2 * mib }, () => random.below(256)));
  await disk.write(noise, 0, undefined, parts[1]?.start);
  await disk.sync();
  const shape = { sizeBytes: await sizeOf(path), sectorSizeBytes };
  const read = async (at: number, length: number) =>
    (await disk.read(Buffer.alloc(length), 0, length, at)).buffer;
  const { table } = await readDiskTable(read, shape);
  return await Promise.all(
    parts.map(async ({ number, name, start, size }) => ({
      ...{ number, name, startBytes: start, endBytes: start + size },
      sha256: digestOf(await read(start, size)),
      entry: Buffer.from(table?.array.subarray((number - 1) * 128, number * 128) ?? []),
    })),
  );
}

async function ext4(sizeBytes: number): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'saved-disk-'));
  try {
    const path = join(directory, 'data');
    await writeFile(path, Buffer.alloc(sizeBytes));
    await execa('mkfs.ext4', ['-q', '-L', 'var', path]);
    return await readFile(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** What is wrong with the saved partitions on a disk, in words; `numbers` are their present ones. */
export async function lostOf(
  disk: string | Buffer,
  saved: readonly SavedData[],
  { numbers = [saved.map(({ number }) => number)], sectorSizeBytes = 512 } = {},
): Promise<string[]> {
  if (typeof disk === 'string') {
    await using file = await open(disk);
    const bytes = Buffer.alloc(await sizeOf(disk));
    for (let at = 0; at < bytes.length; at += mib)
      await file.read(bytes, at, Math.min(mib, bytes.length - at), at);
    return await lostOf(bytes, saved, { numbers, sectorSizeBytes });
  }
  const read = async (at: number, length: number) => disk.subarray(at, at + length);
  const found = await readDiskTable(read, { sizeBytes: disk.length, sectorSizeBytes });
  const { table } = found;
  const wrong = saved
    .filter(
      ({ sha256, startBytes, endBytes }) =>
        digestOf(disk.subarray(startBytes, endBytes)) !== sha256,
    )
    .map(({ name }) => `the bytes of ${name} have changed`);
  // The kernel reads a table only after a protective MBR, and the backup only if it is told to.
  if (found.mbr !== 'protective') wrong.push('there is no protective MBR');
  if (table?.copy !== 'primary') wrong.push('the first copy of the table is not good');
  const entries = new Map(
    Array.from({ length: (table?.array.length ?? 0) / 128 }, (_, index) => [
      table?.array.subarray(index * 128, index * 128 + 128),
      index + 1,
    ]),
  );
  const at = saved.map(
    ({ entry }) => [...entries].find(([bytes]) => bytes && entry.equals(bytes))?.[1],
  );
  for (const [index, { name }] of saved.entries())
    if (at[index] === undefined) wrong.push(`${name} is not in the table`);
  if (wrong.length === 0 && !numbers.some((some) => some.join() === at.join()))
    wrong.push(`the partitions have the numbers ${at.join()}`);
  return wrong;
}

/**
 * What other programs make of the table on a disk: the numbers of its partitions. The kernel of some
 * test systems reads no tables; then it says what libblkid does.
 */
export async function seenByOthers(
  disk: Buffer,
): Promise<Record<'sgdisk' | 'sfdisk' | 'libblkid' | 'kernel', number[]>> {
  const directory = await mkdtemp(join(tmpdir(), 'saved-disk-'));
  try {
    const path = join(directory, 'disk.img');
    await writeFile(path, disk);
    const sgdisk = await execa('sgdisk', ['--print', path], { reject: false });
    const sfdisk = await execa('sfdisk', ['--json', path], { reject: false });
    const nodes = (JSON.parse(sfdisk.stdout || '{}').partitiontable?.partitions ?? []) as {
      node: string;
    }[];
    const partx = await execa('partx', ['--show', '--noheadings', '--output', 'NR', path], {
      reject: false,
    });
    const libblkid = partx.stdout.split('\n').filter(Boolean).map(Number);
    return {
      sgdisk: [...sgdisk.stdout.matchAll(/^ +(\d+) +\d+ +\d+ /gm)].map(([, number]) =>
        Number(number),
      ),
      sfdisk: nodes.map(({ node }) => Number(/(\d+)$/.exec(node)?.[1])),
      libblkid,
      kernel: (await kernelReadsTables(directory)) ? await partitionsOfKernel(path) : libblkid,
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

let kernelReads: Promise<boolean> | undefined;

async function kernelReadsTables(directory: string): Promise<boolean> {
  kernelReads ??= (async () => {
    const path = join(directory, 'known.img');
    await writeFile(path, Buffer.alloc(4 * mib));
    await makeTable(path, 'start=2048, size=2048');
    return (await partitionsOfKernel(path)).length > 0;
  })();
  return await kernelReads;
}

async function partitionsOfKernel(path: string): Promise<number[]> {
  const scan = ['--find', '--show', '--partscan', '--read-only', path];
  const device = (await execa('losetup', scan)).stdout;
  try {
    return partitionsOf(sysBlock(`/sys/block/${device.slice(5)}`)).map(({ number }) => number);
  } finally {
    await execa('losetup', ['--detach', device]);
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
