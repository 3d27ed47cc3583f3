import { open } from 'node:fs/promises';
import { execa } from 'execa';
import { type Gpt, GptError, type GptPartition, parseGpt } from '../../src/blockdev/gpt.ts';

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

/** Whether "EFI PART" or a boot sector stands at either end: the disk might boot. */
export async function hasAnyTable(path: string): Promise<boolean> {
  await using disk = await open(path);
  const sizeBytes = await sizeOf(path);
  const head = (await disk.read(Buffer.alloc(mib), 0, mib, 0)).buffer;
  const tail = (await disk.read(Buffer.alloc(mib), 0, mib, sizeBytes - mib)).buffer;
  return head.some((byte) => byte !== 0) || tail.includes('EFI PART');
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
      const last = ranges.at(-1);
      if (last?.endBytes === at + sector) last.endBytes = at + end;
      else ranges.push({ startBytes: at + sector, endBytes: at + end });
    }
  }
  return ranges;
}

/** Differences that are neither in the boot partition nor in the two places of the table. */
export async function unexpectedDifferences(
  imagePath: string,
  diskPath: string,
): Promise<ByteRange[]> {
  const table = await tableOn(imagePath);
  if (table === undefined) throw new Error(`${imagePath} has no partition table`);
  const boot = bootPartition(table);
  const sector = table.sectorSizeBytes;
  const allowed: ByteRange[] = [
    { startBytes: 0, endBytes: 2 * sector },
    { startBytes: boot.offsetBytes, endBytes: boot.offsetBytes + boot.sizeBytes },
    {
      startBytes: (table.lastUsableLba + 1) * sector,
      endBytes: (table.alternateLba + 1) * sector,
    },
  ];
  const found = await differences(imagePath, diskPath);
  return found.filter(
    (range) =>
      !allowed.some((a) => a.startBytes <= range.startBytes && range.endBytes <= a.endBytes),
  );
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
    async names(path: string): Promise<string[]> {
      const { stdout } = await debugfs(`ls -p ${path}`);
      return Buffer.from(stdout)
        .toString()
        .split('\n')
        .map((line) => line.split('/')[5] ?? '')
        .filter((name) => name !== '' && name !== '.' && name !== '..');
    },
    /** Whether e2fsck finds nothing to mend. */
    async clean(): Promise<boolean> {
      const result = await execa('e2fsck', ['-fn', fileSystem], { reject: false });
      return result.exitCode === 0;
    },
  };
}
