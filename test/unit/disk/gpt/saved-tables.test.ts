import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDiskTable } from '../../../../src/disk/gpt/disk-table.ts';
import { parseGpt } from '../../../../src/disk/gpt/gpt.ts';
import {
  arraySectors,
  mergedTable,
  savedOnlyTable,
  type TableWithMbr,
} from '../../../../src/disk/gpt/saved-tables.ts';
import { buildGptHead } from '../../../support/gpt-builder.ts';

const mib = 1024 * 1024;
const diskSectors = 64 * 2048 + 5;

const imageHead = (sectorSizeBytes: 512 | 4096 = 512) => {
  const mibSectors = mib / sectorSizeBytes;
  const head = Buffer.alloc(mib, 0xcd);
  buildGptHead({
    sectorSizeBytes,
    diskSectors: 10 * mibSectors,
    partitions: [
      { number: 1, firstLba: mibSectors, lastLba: 2 * mibSectors - 1, name: 'boot' },
      { number: 4, firstLba: 2 * mibSectors, lastLba: 9 * mibSectors - 1, name: 'root' },
    ],
  }).copy(head);
  head[446 + 4] = 0xee;
  head[446 + 8] = 1;
  head.writeUInt16LE(0xaa55, 510);
  return head;
};

function entryOf(number: number, firstLba: number, lastLba: number): Uint8Array {
  const entry = Buffer.alloc(128, 0);
  entry.fill(0x33, 0, 16);
  entry.fill(0x40 + number, 16, 32);
  entry.writeBigUInt64LE(BigInt(firstLba), 32);
  entry.writeBigUInt64LE(BigInt(lastLba), 40);
  // An attribute: required by the platform, and one of the partition's type.
  entry.writeBigUInt64LE(0x8000_0000_0000_0001n, 48);
  entry.write(`data${number}`, 56, 'utf16le');
  return entry;
}

const saved = [
  { number: 5, entry: entryOf(5, 30_000, 39_999) },
  { number: 7, entry: entryOf(7, 50_000, 50_000) },
];

/** A disk with this table, and nothing else. */
function diskWith({ mbr, header, array, tail }: TableWithMbr, arrayLba: number): Buffer {
  const disk = Buffer.alloc(diskSectors * 512);
  disk.set(mbr, 0);
  disk.set(header, 512);
  disk.set(array, arrayLba * 512);
  disk.set(tail, disk.length - tail.length);
  return disk;
}

const reading = (disk: Buffer) => ({
  read: async (at: number, length: number) => disk.subarray(at, at + length),
  shape: { sizeBytes: disk.length, sectorSizeBytes: 512 },
});

async function judged(disk: Buffer): Promise<{ sgdisk: string; sfdisk: string; list: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'saved-tables-'));
  try {
    const path = join(directory, 'disk.img');
    await writeFile(path, disk);
    const sgdisk = await execa('sgdisk', ['--verify', path], { reject: false });
    const sfdisk = await execa('sfdisk', ['--verify', path], { reject: false, all: true });
    const list = await execa('sfdisk', ['--dump', path]);
    return { sgdisk: sgdisk.stdout, sfdisk: sfdisk.all ?? '', list: list.stdout };
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe('the table with the saved partitions only', () => {
  const places = {
    sectorSizeBytes: 512,
    diskSizeBytes: diskSectors * 512,
    arrayLba: 34,
    entryCount: 128,
  };
  const only = savedOnlyTable(imageHead().subarray(512, 1024), saved, places);

  test('is what it was made of, in both copies', async () => {
    const { read, shape } = reading(diskWith(only, 34));
    const found = await readDiskTable(read, shape);
    expect(found).toMatchObject({
      mbr: 'protective',
      table: { copy: 'primary', otherCopy: 'same' },
    });
    expect(found.table?.gpt.partitions).toMatchObject([
      { number: 5, firstLba: 30_000, lastLba: 39_999, name: 'data5' },
      { number: 7, firstLba: 50_000, lastLba: 50_000, name: 'data7' },
    ]);
    expect(found.table?.gpt.firstUsableLba).toBe(34 + arraySectors(128, 512));
    // The firmware repairs a backup in the sectors after the last usable one.
    expect(found.table?.gpt.lastUsableLba).toBe(diskSectors - 34);
  });

  test('is valid for sgdisk and sfdisk, with its attributes', async () => {
    const { sgdisk, sfdisk, list } = await judged(diskWith(only, 34));
    expect(sgdisk).toContain('No problems found');
    expect(sfdisk).toContain('No errors detected');
    expect(list.match(/^.*start=.*$/gm)).toHaveLength(2);
    expect(list).toMatch(/start= *30000, size= *10000,.*attrs="RequiredPartition GUID:63"/);
  });

  test('has no boot code but that which makes a BIOS go on to its next device', () => {
    // int 18h; hlt; jmp to the hlt
    const code = [0xcd, 0x18, 0xf4, 0xeb, 0xfd];
    expect([...only.mbr.subarray(0, 446)]).toEqual([...code, ...Array(446 - code.length).fill(0)]);
  });
});

test('the merged table has the partitions of both, and the image’s identity', async () => {
  const head = imageHead();
  const merged = mergedTable(head, parseGpt(head), saved, diskSectors * 512);
  const disk = diskWith(merged, merged.arrayLba);
  const { read, shape } = reading(disk);
  const { table } = await readDiskTable(read, shape);
  expect(table?.otherCopy).toBe('same');
  expect(table?.gpt.diskGuid).toBe(parseGpt(head).diskGuid);
  expect(table?.gpt.partitions.map(({ number }) => number)).toEqual([1, 4, 5, 7]);
  const { sgdisk, sfdisk } = await judged(disk);
  expect(sgdisk).toContain('No problems found');
  expect(sfdisk).toContain('No errors detected');
  expect([...merged.mbr.subarray(0, 440)]).toEqual([...head.subarray(0, 440)]);
});

test('any table of saved partitions is read as it was written, whatever the sectors', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(512 as const, 4096 as const),
      fc.uniqueArray(fc.integer({ min: 1, max: 128 }), { maxLength: 20 }),
      fc.integer({ min: 0, max: 10_000 }),
      async (sectorSizeBytes, numbers, slack) => {
        const sectors = arraySectors(128, sectorSizeBytes);
        const arrayLba = 2 + sectors;
        const first = 1000;
        const entries = numbers.map((number, index) => ({
          number,
          entry: entryOf(number, first + index * 10, first + index * 10 + (slack % 10)),
        }));
        const diskSizeBytes = (first + 300 + sectors + slack) * sectorSizeBytes;
        const places = { sectorSizeBytes, diskSizeBytes, arrayLba, entryCount: 128 };
        const header = imageHead(sectorSizeBytes).subarray(sectorSizeBytes, 2 * sectorSizeBytes);
        const only = savedOnlyTable(header, entries, places);
        const pieces = [
          [0, only.mbr],
          [sectorSizeBytes, only.header],
          [arrayLba * sectorSizeBytes, only.array],
          [diskSizeBytes - only.tail.length, only.tail],
        ] as const;
        const read = async (at: number, length: number) => {
          const bytes = new Uint8Array(length);
          for (const [start, piece] of pieces) {
            const from = Math.max(at, start);
            const to = Math.min(at + length, start + piece.length);
            if (from < to) bytes.set(piece.subarray(from - start, to - start), from - at);
          }
          return bytes;
        };
        const found = await readDiskTable(read, { sizeBytes: diskSizeBytes, sectorSizeBytes });
        expect(found.table?.otherCopy).toBe('same');
        const partitions = found.table?.gpt.partitions ?? [];
        expect(partitions.map(({ number }) => number)).toEqual(numbers.toSorted((a, b) => a - b));
        for (const { number, entry } of entries) {
          const at = (number - 1) * 128;
          expect(found.table?.array.subarray(at, at + 128)).toEqual(Uint8Array.from(entry));
        }
      },
    ),
    { numRuns: 50 },
  );
});
