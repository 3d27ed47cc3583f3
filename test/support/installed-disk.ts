import { open } from 'node:fs/promises';
import { execa } from 'execa';
import { type Gpt, GptError, type GptPartition, parseGpt } from '../../src/disk/gpt/gpt.ts';
import { bootCodeBytes } from './disk-image.ts';
import { oldBytes } from './old-bytes.ts';

const mib = 1024 * 1024;
const sectorBytes = 512;

export interface ByteRange {
  readonly startBytes: number;
  /** Exclusive. */
  readonly endBytes: number;
}

/** The partition table on a disk, or undefined where neither end has one. */
export async function tableOn(path: string): Promise<Gpt | undefined> {
  await using disk = await open(path);
  const { buffer } = await disk.read(Buffer.alloc(mib), 0, mib, 0);
  try {
    return parseGpt(buffer);
  } catch (error) {
    if (error instanceof GptError) return undefined;
    throw error;
  }
}

/**
 * Whether "EFI PART" or a boot sector is at either end, so that the disk might boot. The old bytes of
 * fixture disks do not count, as long as none of them has been overwritten.
 */
export async function hasAnyTable(path: string): Promise<boolean> {
  await using disk = await open(path);
  const sizeBytes = await sizeOf(path);
  const head = (await disk.read(Buffer.alloc(mib), 0, mib, 0)).buffer;
  const tail = (await disk.read(Buffer.alloc(mib), 0, mib, sizeBytes - mib)).buffer;
  const begun = head.some((byte) => byte !== 0) && !head.equals(oldBytes(0, head.length));
  return begun || tail.includes('EFI PART');
}

/** Size of a block device or file in bytes. */
export async function sizeOf(path: string): Promise<number> {
  if (!path.startsWith('/dev/')) {
    await using file = await open(path);
    return (await file.stat()).size;
  }
  return Number((await execa('blockdev', ['--getsize64', path])).stdout);
}

/** Where the disk differs from the image, over the image's length, to the sector. */
export async function differences(imagePath: string, diskPath: string): Promise<ByteRange[]> {
  await using image = await open(imagePath);
  await using disk = await open(diskPath);
  const imageSizeBytes = (await image.stat()).size;
  const ranges: { startBytes: number; endBytes: number }[] = [];
  for (let at = 0; at < imageSizeBytes; at += mib) {
    const length = Math.min(mib, imageSizeBytes - at);
    const wanted = (await image.read(Buffer.alloc(length), 0, length, at)).buffer;
    const found = (await disk.read(Buffer.alloc(length), 0, length, at)).buffer;
    if (wanted.equals(found)) continue;
    for (let sector = 0; sector < length; sector += sectorBytes) {
      const end = sector + sectorBytes;
      if (wanted.subarray(sector, end).equals(found.subarray(sector, end))) continue;
      addSector(ranges, at + sector);
    }
  }
  return ranges;
}

/**
 * Differences that are neither in the boot partition nor in the two places of the table: over the
 * image's whole length, and after it, where a disk keeps its old bytes or has been wiped. With
 * `usedBehind` the previous content after it is unknown. Where partitions are `saved`, the table has
 * more entries than the image's, and the place of the second table is one of its own.
 */
export async function unexpectedDifferences(
  imagePath: string,
  diskPath: string,
  { usedBehind = false, saved = [] as readonly ByteRange[] } = {},
): Promise<ByteRange[]> {
  const table = await tableOn(imagePath);
  if (table === undefined) throw new Error(`${imagePath} has no partition table`);
  const boot = bootPartition(table);
  const sector = table.sectorSizeBytes;
  const diskBytes = await sizeOf(diskPath);
  const tableBytes = (table.alternateLba - table.lastUsableLba) * sector;
  const oldTable = endingAt((table.alternateLba + 1) * sector, tableBytes);
  const newTable = endingAt(diskBytes, tableBytes);
  const allowed: ByteRange[] = [
    { startBytes: 0, endBytes: (saved.length === 0 ? 2 : 2 + 3 * 32) * sector },
    { startBytes: boot.offsetBytes, endBytes: boot.offsetBytes + boot.sizeBytes },
    oldTable,
    newTable,
  ];
  const found = await differences(imagePath, diskPath);
  const sameBootCode = (await beginningOf(imagePath)).equals(await beginningOf(diskPath));
  const behind: ByteRange = { startBytes: oldTable.endBytes, endBytes: newTable.startBytes };
  const ofSaved = (range: ByteRange) =>
    saved.some((one) => range.startBytes < one.endBytes && one.startBytes < range.endBytes);
  return [
    ...(sameBootCode ? [] : [{ startBytes: 0, endBytes: bootCodeBytes }]),
    ...found.filter(
      (range) =>
        !allowed.some((a) => a.startBytes <= range.startBytes && range.endBytes <= a.endBytes),
    ),
    // No old table may remain, nor anything else in the last MiB.
    ...(await notSo(isZero, diskPath, {
      startBytes: oldTable.startBytes,
      endBytes: Math.min(oldTable.endBytes, newTable.startBytes),
    })),
    ...(
      await notSo(isZero, diskPath, {
        startBytes: Math.max(behind.startBytes, diskBytes - mib),
        endBytes: behind.endBytes,
      })
    ).filter((range) => !ofSaved(range)),
    ...(usedBehind || saved.length > 0 ? [] : await notSo(isZeroOrOld, diskPath, behind)),
  ];
}

async function beginningOf(path: string): Promise<Buffer> {
  await using disk = await open(path);
  const { buffer } = await disk.read(Buffer.alloc(sectorBytes), 0, sectorBytes, 0);
  return buffer.subarray(0, bootCodeBytes);
}

const endingAt = (endBytes: number, lengthBytes: number): ByteRange => ({
  startBytes: endBytes - lengthBytes,
  endBytes,
});

type SectorCheck = (bytes: Buffer, offsetBytes: number) => boolean;

const isZero: SectorCheck = (bytes) => bytes.every((byte) => byte === 0);

const isZeroOrOld: SectorCheck = (bytes, offsetBytes) =>
  bytes.equals(oldBytes(offsetBytes, bytes.length)) || isZero(bytes, offsetBytes);

/** The sectors of a range that are not as they should be. */
async function notSo(
  check: SectorCheck,
  path: string,
  { startBytes, endBytes }: ByteRange,
): Promise<ByteRange[]> {
  await using disk = await open(path);
  const ranges: { startBytes: number; endBytes: number }[] = [];
  for (let at = startBytes; at < endBytes; at += mib) {
    const length = Math.min(mib, endBytes - at);
    const { buffer } = await disk.read(Buffer.alloc(length), 0, length, at);
    // The whole range first: almost always it is equal.
    if (check(buffer, at)) continue;
    for (let sector = 0; sector < length; sector += sectorBytes) {
      if (!check(buffer.subarray(sector, sector + sectorBytes), at + sector))
        addSector(ranges, at + sector);
    }
  }
  return ranges;
}

function addSector(ranges: { startBytes: number; endBytes: number }[], startBytes: number): void {
  const last = ranges.at(-1);
  if (last?.endBytes === startBytes) last.endBytes += sectorBytes;
  else ranges.push({ startBytes, endBytes: startBytes + sectorBytes });
}

/** The partition named `boot`. */
export function bootPartition(table: Gpt): GptPartition {
  const boot = table.partitions.find(({ name }) => name === 'boot');
  if (boot === undefined) throw new Error('no partition is named boot');
  return boot;
}

/** Files of a disk's boot file system, read without mounting it. */
export async function bootFileSystem(diskPath: string) {
  const table = await tableOn(diskPath);
  if (table === undefined) throw new Error(`${diskPath} has no partition table`);
  const fileSystem = `${diskPath}?offset=${bootPartition(table).offsetBytes}`;
  const debugfs = async (request: string) =>
    await execa('debugfs', ['-R', request, fileSystem], {
      encoding: 'buffer',
      stripFinalNewline: false,
    });
  return {
    async read(path: string): Promise<Buffer> {
      const { stdout, stderr } = await debugfs(`cat ${path}`);
      const trouble = Buffer.from(stderr).toString();
      if (trouble.includes('not found')) throw new Error(`${path}: ${trouble}`);
      return Buffer.from(stdout);
    },
    /** Octal permission bits, `0600`. */
    async mode(path: string): Promise<string | undefined> {
      const { stdout } = await debugfs(`stat ${path}`);
      return /Mode:\s+(\d+)/.exec(Buffer.from(stdout).toString())?.[1];
    },
    /** Numbers of user and group, `0:0`. */
    async owner(path: string): Promise<string> {
      const { stdout } = await debugfs(`stat ${path}`);
      const [, user, group] =
        /User:\s+(\d+)\s+Group:\s+(\d+)/.exec(Buffer.from(stdout).toString()) ?? [];
      return `${user}:${group}`;
    },
    async names(path: string): Promise<string[]> {
      const { stdout } = await debugfs(`ls -p ${path}`);
      return Buffer.from(stdout)
        .toString()
        .split('\n')
        .map((line) => line.split('/')[5] ?? '')
        .filter((name) => name !== '' && name !== '.' && name !== '..');
    },
    /** Whether e2fsck finds no errors. */
    async clean(): Promise<boolean> {
      const result = await execa('e2fsck', ['-fn', fileSystem], { reject: false });
      return result.exitCode === 0;
    },
  };
}
