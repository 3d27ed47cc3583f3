import { describe, expect, test } from 'vitest';
import { readDiskTable } from '../../../../src/disk/gpt/disk-table.ts';
import { parseGpt } from '../../../../src/disk/gpt/gpt.ts';
import { relocateGpt } from '../../../../src/disk/gpt/relocate-gpt.ts';
import { buildGptHead } from '../../../support/gpt-builder.ts';

const mib = 1024 * 1024;

/** A disk of 16 MiB with one partition, and both copies of its table. */
function diskWithTable(
  sectorSizeBytes: 512 | 4096 = 512,
  backupAtBytes = 16 * mib,
  name = 'data',
): Buffer {
  const disk = Buffer.alloc(16 * mib);
  const head = Buffer.alloc(mib);
  buildGptHead({
    sectorSizeBytes,
    diskSectors: backupAtBytes / sectorSizeBytes,
    partitions: [{ number: 3, firstLba: 1024, lastLba: 1500, name }],
  }).copy(head);
  const { head: relocated, tail } = relocateGpt(head, parseGpt(head), backupAtBytes);
  disk.set(relocated, 0);
  disk.set(tail, backupAtBytes - tail.length);
  disk.writeUInt16LE(0xaa55, 510);
  disk[446 + 4] = 0xee;
  return disk;
}

const found = async (disk: Buffer, sectorSizeBytes = 512) =>
  await readDiskTable(async (at, length) => disk.subarray(at, at + length), {
    sizeBytes: disk.length,
    sectorSizeBytes,
  });

describe('the table of a disk', () => {
  test.each([512, 4096] as const)('is read with sectors of %i bytes', async (sector) => {
    const { mbr, table, fault } = await found(diskWithTable(sector), sector);
    expect({ mbr, fault }).toEqual({ mbr: 'protective', fault: undefined });
    expect(table).toMatchObject({ copy: 'primary', otherCopy: 'same' });
    expect(table?.arrayRange).toEqual({ offsetBytes: 2 * sector, sizeBytes: 128 * 128 });
    expect(table?.gpt.partitions).toMatchObject([{ number: 3, name: 'data' }]);
  });

  test.each<[string, number]>([
    ['its header', 512 + 40],
    ['an entry', 1024 + 2 * 128 + 33],
    ['an unused entry', 1024 + 100 * 128],
  ])('is read from the backup where the first copy has one byte wrong in %s', async (_, at) => {
    const disk = diskWithTable();
    disk[at] = (disk[at] ?? 0) ^ 1;
    const { table } = await found(disk);
    expect(table).toMatchObject({ copy: 'backup', otherCopy: 'bad' });
    expect(table?.arrayRange.offsetBytes).toBe(disk.length - 33 * 512);
    expect(table?.gpt.partitions).toMatchObject([{ number: 3, offsetBytes: 1024 * 512 }]);
    expect(table?.gpt.requiredDiskBytes).toBe(disk.length);
  });

  test.each([
    ['both headers', [512, 16 * mib - 512], false, /it cannot be read \(EIO\)/],
    ['both headers of a disk without a first sector', [512, 16 * mib - 512], true, undefined],
    ['the backup, and there is no first copy', [16 * mib - 512], false, /EIO/],
  ])('is unknown where %s cannot be read', async (_, unreadable, isCleared, why) => {
    const disk = diskWithTable();
    disk.fill(0, isCleared ? 0 : 512, 1024);
    const { table, ...found } = await readDiskTable(
      async (at, length) => {
        if (unreadable.includes(at)) throw Object.assign(new Error('bad'), { code: 'EIO' });
        return disk.subarray(at, at + length);
      },
      { sizeBytes: disk.length, sectorSizeBytes: 512 },
    );
    expect(table).toBeUndefined();
    if (why === undefined) expect(found).not.toHaveProperty('unreadable');
    else expect(found.unreadable).toMatch(why);
  });

  test('is read from the backup where the first copy was taken away', async () => {
    const disk = diskWithTable();
    disk.fill(0, 0, mib);
    expect((await found(disk)).table).toMatchObject({ copy: 'backup', otherCopy: 'bad' });
  });

  test('a partition may end with the disk, where the table is of a larger one', async () => {
    const disk = diskWithTable(512, 16 * mib, 'older');
    const last = disk.length / 512 - 1;
    const at = (lastLba: number) => {
      const partitions = [{ number: 3, firstLba: 1024, lastLba, name: 'data' }];
      const head = buildGptHead({ sectorSizeBytes: 512, diskSectors: last + 40, partitions });
      head.copy(disk, 512, 512);
    };
    at(last);
    const { table } = await found(disk);
    expect(table?.gpt.partitions.map(({ number }) => number)).toEqual([3]);
    at(last + 1);
    expect(await found(disk)).toMatchObject({
      table: undefined,
      fault: 'its partition 3 lies outside the disk',
    });
  });

  const whole: [string, Partial<Parameters<typeof buildGptHead>[0]>, string][] = [
    [
      'overlapping partitions',
      {
        partitions: [
          { number: 3, firstLba: 1024, lastLba: 1500, name: 'data' },
          { number: 4, firstLba: 1500, lastLba: 1600, name: 'more' },
        ],
      },
      'its partition 4 overlaps another one',
    ],
    [
      'one outside the usable sectors',
      { partitions: [{ number: 3, firstLba: 20, lastLba: 1500, name: 'data' }] },
      'its partition 3 lies outside the usable sectors',
    ],
    [
      'one outside the disk',
      {
        diskSectors: 40_000,
        partitions: [{ number: 3, firstLba: 1024, lastLba: 39_000, name: '' }],
      },
      'its partition 3 lies outside the disk',
    ],
  ];
  test.each(whole)(
    'is not read from the backup where the first copy is whole and has %s: the kernel uses that one',
    async (_, shape, fault) => {
      const disk = diskWithTable(512, 16 * mib, 'older');
      const diskSectors = disk.length / 512;
      buildGptHead({ sectorSizeBytes: 512, diskSectors, partitions: [], ...shape }).copy(
        disk,
        512,
        512,
      );
      expect(await found(disk)).toMatchObject({ table: undefined, fault });
      // As soon as it is damaged, too, it is not what anybody uses.
      disk[1024 + 50 * 128] = 1;
      const { table } = await found(disk);
      expect(table).toMatchObject({ copy: 'backup', otherFault: 'its entries are damaged (CRC)' });
      expect(table?.gpt.partitions).toMatchObject([{ name: 'older' }]);
    },
  );

  test('is read from the first copy where the backup is damaged, or another', async () => {
    const disk = diskWithTable();
    disk[disk.length - 512 + 20] = 0xff;
    expect((await found(disk)).table).toMatchObject({
      ...{ copy: 'primary', otherCopy: 'bad', otherFault: 'its header is damaged (CRC)' },
    });
    const differing = diskWithTable();
    const other = diskWithTable();
    // Another name, in both copies of another table.
    const head = Buffer.from(other.subarray(0, mib));
    buildGptHead({
      sectorSizeBytes: 512,
      diskSectors: other.length / 512,
      partitions: [{ number: 3, firstLba: 1024, lastLba: 1500, name: 'logs' }],
    }).copy(head, 512, 512);
    differing.set(relocateGpt(head, parseGpt(head), other.length).tail, other.length - 33 * 512);
    expect((await found(differing)).table).toMatchObject({
      copy: 'primary',
      otherCopy: 'differs',
      gpt: { partitions: [{ name: 'data' }] },
    });
  });

  test('of a disk that has grown has its backup where the header says', async () => {
    const { table } = await found(diskWithTable(512, 12 * mib));
    expect(table).toMatchObject({ copy: 'primary', otherCopy: 'same' });
    expect(table?.gpt.requiredDiskBytes).toBe(12 * mib);
  });

  test('is none on an empty disk, and there is no fault', async () => {
    const none = { mbr: 'none', table: undefined, fault: undefined };
    expect(await found(Buffer.alloc(16 * mib))).toEqual(none);
  });

  test('says what is wrong where both copies are damaged', async () => {
    const disk = diskWithTable();
    disk[1024] = 0xff;
    disk[disk.length - 33 * 512] = 0xff;
    expect(await found(disk)).toMatchObject({
      table: undefined,
      fault: 'its entries are damaged (CRC)',
    });
  });

  test('of sectors of another size is told, and not used', async () => {
    expect(await found(diskWithTable(512), 4096)).toMatchObject({
      table: undefined,
      fault: 'it is made for 512-byte sectors',
      isForOtherSectors: true,
    });
    expect(await found(diskWithTable(4096), 512)).toMatchObject({
      table: undefined,
      fault: 'it is made for 4096-byte sectors',
    });
  });

  test('with a partition behind the end of the disk is a damaged one', async () => {
    const disk = diskWithTable().subarray(0, 1400 * 512);
    expect(await found(disk)).toMatchObject({
      table: undefined,
      fault: 'its partition 3 lies outside the disk',
    });
  });

  test('is read from the copy that can be read', async () => {
    const disk = diskWithTable();
    const unreadable = async (where: number) =>
      await readDiskTable(
        async (at, length) => {
          if (at === where) throw Object.assign(new Error('no'), { code: 'EIO' });
          return disk.subarray(at, at + length);
        },
        { sizeBytes: disk.length, sectorSizeBytes: 512 },
      );
    expect((await unreadable(512)).table).toMatchObject({ copy: 'backup', otherCopy: 'bad' });
    expect((await unreadable(1024)).table).toMatchObject({ copy: 'backup', otherCopy: 'bad' });
    const last = disk.length - 512;
    expect((await unreadable(last)).table).toMatchObject({ copy: 'primary', otherCopy: 'bad' });
    await expect(unreadable(0)).rejects.toThrow('no');
  });

  test('an MBR with partitions of its own is told from a protective one', async () => {
    const disk = diskWithTable();
    disk[446 + 4] = 0x83;
    expect((await found(disk)).mbr).toBe('partitions');
    // A hybrid one.
    disk[446 + 16 + 4] = 0xee;
    expect((await found(disk)).mbr).toBe('protective');
    disk.fill(0x83, 446, 446 + 64);
    expect((await found(disk)).mbr).toBe('partitions');
    disk.fill(0, 446, 446 + 64);
    expect((await found(disk)).mbr).toBe('none');
    disk[446 + 4] = 0x83;
    disk.writeUInt16LE(0, 510);
    expect((await found(disk)).mbr).toBe('none');
  });
});
