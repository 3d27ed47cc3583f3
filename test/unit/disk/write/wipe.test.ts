import { describe, expect, test } from 'vitest';
import { readDiskTable } from '../../../../src/disk/gpt/disk-table.ts';
import { formerPartitions } from '../../../../src/disk/gpt/former-partitions.ts';
import type { Target } from '../../../../src/disk/look/target.ts';
import { wipeOldSignatures } from '../../../../src/disk/write/wipe.ts';
import type { DeviceWriter } from '../../../../src/disk/write/writer.ts';
import { WriteError } from '../../../../src/lib/errors.ts';
import { buildBackup, buildGptHead } from '../../../support/gpt-builder.ts';
import { oldBytes } from '../../../support/old-bytes.ts';

const mib = 1024 * 1024;
const margin = 5 * mib;

class Interrupted extends Error {}

/** A disk in memory, which loses its power at a flush. */
class MemoryDisk {
  readonly bytes: Buffer;
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  readonly #powerLossAt: number;
  #flushes = 0;

  constructor(bytes: Buffer, { powerLossAt = Number.POSITIVE_INFINITY } = {}) {
    this.bytes = bytes;
    this.#powerLossAt = powerLossAt;
  }

  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    return Uint8Array.from(this.bytes.subarray(offsetBytes, offsetBytes + lengthBytes));
  }

  async write(offsetBytes: number, bytes: Uint8Array): Promise<void> {
    this.asked.push(`bytes ${offsetBytes} to ${offsetBytes + bytes.length}`);
    this.bytes.set(bytes, offsetBytes);
  }

  async writeZeros(offsetBytes: number, lengthBytes: number): Promise<void> {
    if (lengthBytes > 0) this.asked.push(`zeros ${offsetBytes} to ${offsetBytes + lengthBytes}`);
    this.bytes.fill(0, offsetBytes, offsetBytes + lengthBytes);
  }

  async flush(): Promise<void> {
    this.asked.push('flush');
    this.#flushes += 1;
    if (this.#flushes === this.#powerLossAt) throw new Interrupted();
  }
}

async function wipe(
  disk: MemoryDisk,
  sectorSizeBytes: number,
  partitions: Target['partitions'] = [],
): Promise<void> {
  const target = { sizeBytes: disk.bytes.length, sectorSizeBytes, partitions } as Partial<Target>;
  await wipeOldSignatures(target as Target, disk as unknown as DeviceWriter);
}

const partition = { name: 'x1', path: '/dev/x1', number: 1 };

test('no table is left when its partitions are wiped, and the disk’s beginning goes last', async () => {
  const partitions = [{ ...partition, startBytes: 13 * mib, sizeBytes: 14 * mib + 512 }];
  const sizeBytes = 46 * mib + 5 * 512;
  const disk = new MemoryDisk(oldBytes(0, sizeBytes));
  await wipe(disk, 512, partitions);
  expect(disk.asked).toEqual([
    'bytes 0 to 8192',
    'flush',
    `zeros ${13 * mib} to ${18 * mib}`,
    `zeros ${22 * mib + 512} to ${27 * mib + 512}`,
    'flush',
    `zeros 0 to ${margin}`,
    `zeros ${sizeBytes - margin} to ${sizeBytes}`,
    'flush',
  ]);
  const between = oldBytes(0, sizeBytes).subarray(margin, 13 * mib);
  expect(disk.bytes.subarray(margin, 13 * mib).equals(between)).toBe(true);
});

test('a disk of less than both margins is wiped as a whole, and not beyond', async () => {
  for (const sizeBytes of [mib / 2, margin - 512, margin, margin + 512, 2 * margin - 512]) {
    const disk = new MemoryDisk(oldBytes(0, sizeBytes));
    await wipe(disk, 512);
    expect(disk.bytes.every((byte) => byte === 0)).toBe(true);
  }
});

test('a disk that cannot be read is wiped, its beginning first', async () => {
  const disk = new MemoryDisk(oldBytes(0, 16 * mib));
  disk.read = async () => {
    throw new WriteError({ code: 'disk-io-error', failed: 'x', why: 'EIO', next: 'y' });
  };
  await wipe(disk, 512);
  expect(disk.asked).toEqual([
    `zeros 0 to ${margin}`,
    `zeros ${11 * mib} to ${16 * mib}`,
    'flush',
    'flush',
  ]);
});

describe.each([512, 4096] as const)('with %i-byte sectors', (sectorSizeBytes) => {
  const sizeBytes = 64 * mib;
  const [start, end] = [20 * mib, 40 * mib];
  const shape = {
    sectorSizeBytes,
    diskSectors: sizeBytes / sectorSizeBytes,
    partitions: [
      {
        number: 1,
        firstLba: start / sectorSizeBytes,
        lastLba: end / sectorSizeBytes - 1,
        name: 'data',
      },
    ],
  };
  const table = () => {
    const bytes = oldBytes(0, sizeBytes);
    const head = buildGptHead(shape);
    // Boot code, and a record that keeps the disk for the GPT.
    head.fill(0xeb, 0, 440);
    head[450] = 0xee;
    head.writeUInt16LE(0xaa55, 510);
    bytes.set(head);
    const backup = buildBackup(shape);
    bytes.set(backup, sizeBytes - backup.length);
    return bytes;
  };
  const isWiped = ({ bytes }: MemoryDisk) =>
    bytes.subarray(start, start + margin).every((byte) => byte === 0) &&
    bytes.subarray(end - margin, end).every((byte) => byte === 0);

  test('the partitions of a table are wiped that the kernel does not know', async () => {
    const disk = new MemoryDisk(table());
    await wipe(disk, sectorSizeBytes);
    expect(isWiped(disk)).toBe(true);
  });

  test('nothing but tables is taken away before they are', async () => {
    const bytes = table();
    const before = Buffer.from(bytes);
    const disk = new MemoryDisk(bytes, { powerLossAt: 1 });
    await expect(wipe(disk, sectorSizeBytes)).rejects.toThrow(Interrupted);
    const between = (all: Buffer) => all.subarray(2 * sectorSizeBytes, -sectorSizeBytes);
    expect(between(disk.bytes).equals(between(before))).toBe(true);
  });

  test('nor is a backup left that was made for sectors of the other size', async () => {
    const bytes = table();
    for (const sector of [512, 4096]) bytes.write('EFI PART', sizeBytes - sector, 'latin1');
    const disk = new MemoryDisk(bytes, { powerLossAt: 1 });
    await expect(wipe(disk, sectorSizeBytes)).rejects.toThrow(Interrupted);
    expect(disk.bytes.subarray(-mib).includes('EFI PART')).toBe(false);
  });

  test('also where only the backup is left', async () => {
    const bytes = table();
    bytes.fill(0, 0, mib);
    const disk = new MemoryDisk(bytes);
    await wipe(disk, sectorSizeBytes);
    expect(isWiped(disk)).toBe(true);
  });

  test.each([1, 2])('and by the next run after a power cut at flush %i', async (powerLossAt) => {
    const first = new MemoryDisk(table(), { powerLossAt });
    await expect(wipe(first, sectorSizeBytes)).rejects.toThrow(Interrupted);
    // Nothing boots, and nobody finds a table, at either end.
    expect(first.bytes.subarray(0, mib).includes('EFI PART')).toBe(false);
    expect(first.bytes.subarray(-mib).includes('EFI PART')).toBe(false);
    expect(first.bytes.readUInt16LE(510)).toBe(0);
    expect(first.bytes.subarray(0, 440).every((byte) => byte === 0)).toBe(true);
    const shapeOfDisk = { sizeBytes, sectorSizeBytes };
    const read = async (at: number, length: number) => await first.read(at, length);
    expect(await readDiskTable(read, shapeOfDisk)).toMatchObject({ mbr: 'none', table: undefined });
    const head = first.bytes.subarray(0, mib);
    expect(formerPartitions(head, sectorSizeBytes, sizeBytes)).toMatchObject([
      { offsetBytes: start, sizeBytes: end - start },
    ]);
    // What the first run has not reached, or something came back to.
    first.bytes.set(oldBytes(0, margin), start);
    const second = new MemoryDisk(first.bytes);
    await wipe(second, sectorSizeBytes);
    expect(isWiped(second)).toBe(true);
    expect(second.bytes.subarray(0, margin).every((byte) => byte === 0)).toBe(true);
  });
});
