import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readDiskTable, type TableFound } from '../../../src/disk/gpt/disk-table.ts';
import { parseGpt } from '../../../src/disk/gpt/gpt.ts';
import { relocateGpt } from '../../../src/disk/gpt/relocate-gpt.ts';
import type { FileSystem } from '../../../src/disk/look/probe.ts';
import type { Target } from '../../../src/disk/look/target.ts';
import { TargetError } from '../../../src/lib/errors.ts';
import { indexFilters, labelFilters } from '../../../src/parameters/partition-filter.ts';
import type { PartitionFate } from '../../../src/plan/partition-fates.ts';
import type { ImagePlan } from '../../../src/plan/plan-image.ts';
import { planSaved, refuseUnreadable } from '../../../src/plan/saved-partitions.ts';
import { warnOfPartitions } from '../../../src/plan/saved-warnings.ts';
import { type BuiltPartition, buildGptHead, type GptShape } from '../../support/gpt-builder.ts';

const mib = 1024 * 1024;
const diskSectors = 64 * 2048 + 3;
const target = {
  path: '/dev/sdx',
  sizeBytes: diskSectors * 512,
  sectorSizeBytes: 512,
} as unknown as Target;

function imageOf(partitions: readonly BuiltPartition[], shape: Partial<GptShape> = {}): ImagePlan {
  const head = Buffer.alloc(mib);
  const diskSectors = 16 * 2048;
  buildGptHead({ sectorSizeBytes: 512, diskSectors, partitions, ...shape }).copy(head);
  head[446 + 4] = 0xee;
  head[446 + 8] = 1;
  head.writeUInt16LE(0xaa55, 510);
  const gpt = parseGpt(head);
  const headSizeBytes = Math.min(mib, ...gpt.partitions.map(({ offsetBytes }) => offsetBytes));
  return { head, gpt, headSizeBytes } as unknown as ImagePlan;
}

const image = imageOf([
  { number: 1, firstLba: 2048, lastLba: 4095, name: 'BIOS-BOOT' },
  { number: 3, firstLba: 4096, lastLba: 8191, name: 'boot' },
  { number: 4, firstLba: 8192, lastLba: 30_000, name: 'root' },
]);

const old: readonly BuiltPartition[] = [
  { number: 1, firstLba: 2048, lastLba: 4095, name: 'EFI-SYSTEM' },
  { number: 4, firstLba: 4096, lastLba: 30_000, name: 'root' },
  { number: 5, firstLba: 40_000, lastLba: 49_999, name: 'data' },
  { number: 6, firstLba: 50_000, lastLba: 59_999, name: 'logs' },
];

async function foundOf(
  partitions = old,
  shape: Partial<GptShape> = {},
  change: (disk: Buffer) => unknown = () => undefined,
): Promise<TableFound> {
  const disk = Buffer.alloc(target.sizeBytes);
  const built = Buffer.alloc(mib);
  buildGptHead({ sectorSizeBytes: 512, diskSectors, partitions, guidBase: 0x80, ...shape }).copy(
    built,
  );
  built[446 + 4] = 0xee;
  built.writeUInt16LE(0xaa55, 510);
  const { head, tail } = relocateGpt(built, parseGpt(built), disk.length);
  disk.set(head);
  disk.set(tail, disk.length - tail.length);
  change(disk);
  return await readDiskTable(async (at, length) => disk.subarray(at, at + length), target);
}

const byLabel = (value: string) =>
  labelFilters({ value, origin: { kind: 'option', name: '--save-partlabel' } });
const byNumber = (value: string) =>
  indexFilters({ value, origin: { kind: 'option', name: '--save-partindex' } });

const xfs: FileSystem = { type: 'xfs', label: 'var', uuid: undefined };

function fatesOf(
  { table }: TableFound,
  filters: ReturnType<typeof byLabel>,
  fileSystem: FileSystem | undefined = xfs,
): PartitionFate[] {
  return (table?.gpt.partitions ?? []).map((partition) => {
    const saving = filters.filter((filter) => filter.matches(partition));
    return {
      ...partition,
      fileSystem,
      savedBy: saving[0],
      isNamed: saving.some(({ isExact }) => isExact),
      beyondSystem: !['root', 'boot', 'EFI-SYSTEM'].includes(partition.name),
    };
  });
}

async function saved(
  filters: ReturnType<typeof byLabel>,
  { found = foundOf(), of = image, fileSystem = xfs as FileSystem | undefined } = {},
) {
  const there = await found;
  return planSaved(target, of, there, fatesOf(there, filters, fileSystem));
}

const checkTable = (
  found: TableFound,
  filters: ReturnType<typeof byLabel>,
  fileSystem: FileSystem | undefined = undefined,
) => refuseUnreadable(target, found, { fileSystem }, filters);

const numbersOf = async (...given: Parameters<typeof saved>) =>
  (await saved(...given))?.partitions.map(({ number, newNumber }) => [number, newNumber]);

describe('partitions that are saved', () => {
  test('keep their numbers where the image has none', async () => {
    const plan = await saved(byLabel('data,logs'));
    expect(plan?.partitions).toMatchObject([
      { number: 5, newNumber: 5, name: 'data' },
      { number: 6, newNumber: 6, name: 'logs' },
    ]);
    expect(plan?.limitBytes).toBe(40_000 * 512);
    expect(plan?.partitions[0]?.entry).toHaveLength(128);
    expect(plan?.places).toMatchObject({ arrayLba: 34, entryCount: 128 });
  });

  test('get numbers after all others where the image has theirs', async () => {
    const found = foundOf([
      { number: 3, firstLba: 40_000, lastLba: 49_999, name: 'data' },
      { number: 4, firstLba: 50_000, lastLba: 59_999, name: 'logs' },
      { number: 5, firstLba: 60_000, lastLba: 69_999, name: 'more' },
    ]);
    // Not 5 for the first one, which would move the third, too.
    expect(await numbersOf(byNumber('3-5'), { found })).toEqual([
      [3, 6],
      [4, 7],
      [5, 5],
    ]);
  });

  test('are none where nothing matches', async () => {
    expect(await saved(byLabel('nothing'))).toBeUndefined();
    expect(await saved([])).toBeUndefined();
  });

  test('have a second table where neither the one on the disk nor the image’s is', async () => {
    const moved = foundOf(old, {}, (disk) => {
      // As a run that was interrupted left it: the array at 34.
      const array = Buffer.from(disk.subarray(1024, 1024 + 16_384));
      disk.fill(0, 1024, 1024 + 16_384);
      array.copy(disk, 34 * 512);
      const header = disk.subarray(512, 604);
      header.writeBigUInt64LE(34n, 72);
      header.writeBigUInt64LE(66n, 40);
      seal(header);
    });
    expect((await moved).table).toMatchObject({ copy: 'primary' });
    expect((await saved(byLabel('data'), { found: moved }))?.places.arrayLba).toBe(66);
  });
});

describe('a plan is refused', () => {
  async function refusal(...given: Parameters<typeof saved>): Promise<[string, string]> {
    const error = await saved(...given).catch((caught: unknown) => caught);
    if (!(error instanceof TargetError)) throw new Error(`not refused: ${error}`);
    return [error.failure.code, error.failure.why];
  }

  test('where the image reaches into a saved partition', async () => {
    const found = foundOf([{ number: 5, firstLba: 32_767, lastLba: 59_999, name: 'data' }]);
    expect(await refusal(byLabel('data'), { found })).toEqual([
      'saved-partitions-no-room',
      `the image needs the first ${16 * mib} bytes, and partition 5 "data" begins at byte ${16 * mib - 512}`,
    ]);
    // And not where it just does not.
    const next = foundOf([{ number: 5, firstLba: 32_768, lastLba: 59_999, name: 'data' }]);
    expect((await saved(byLabel('data'), { found: next }))?.limitBytes).toBe(16 * mib);
  });

  test('where a saved partition lies among those of the image', async () => {
    // The ESP of the old system lies where the BIOS boot partition of the image goes.
    const found = foundOf([
      { number: 1, firstLba: 2048, lastLba: 4095, name: 'state' },
      { number: 5, firstLba: 40_000, lastLba: 49_999, name: 'data' },
    ]);
    const [code, why] = await refusal(byNumber('1,5'), { found });
    expect(code).toBe('saved-partitions-no-room');
    expect(why).toContain('partition 1 "state" begins at byte 1048576');
  });

  test('where there is no room for a second table before the first partition', async () => {
    const tight = imageOf([{ number: 1, firstLba: 50, lastLba: 30_000, name: 'root' }]);
    expect(await refusal(byLabel('data'), { of: tight })).toEqual([
      'saved-partitions-no-room',
      `the first partition of the image begins at byte ${50 * 512}, and a second partition table needs the bytes up to ${66 * 512}`,
    ]);
  });

  test('where the backup table belongs into a saved partition', async () => {
    const last = diskSectors - 3;
    const found = foundOf([{ number: 2, firstLba: 60_000, lastLba: last, name: 'data' }], {
      entryCount: 4,
      lastUsableLba: last,
    });
    expect((await refusal(byLabel('data'), { found }))[0]).toBe('saved-partitions-no-room');
  });

  test.each([
    ['an EFI system partition', '28732ac11ff8d211ba4b00a0c93ec93b'],
    ['a BIOS boot partition', '4861682149646f6e744e656564454649'],
    ['a PReP boot partition', '382d1a9e12c61643aa268b49521e5a8b'],
  ])('for %s, however it is named', async (_, type) => {
    const found = foundOf([{ number: 5, firstLba: 40_000, lastLba: 49_999, name: 'esp', type }]);
    expect((await refusal(byNumber('5'), { found }))[0]).toBe('saved-partition-bootable');
  });

  test('for a label of the image that a pattern or a range fits, but not by its name', async () => {
    const found = foundOf([{ number: 7, firstLba: 40_000, lastLba: 49_999, name: 'root' }]);
    for (const filters of [byLabel('r*'), byNumber('6-8')])
      expect((await refusal(filters, { found }))[0]).toBe('saved-partition-bootable');
    expect(await numbersOf(byLabel('root'), { found })).toEqual([[7, 7]]);
    expect(await numbersOf(byNumber('7'), { found })).toEqual([[7, 7]]);
    expect(await numbersOf([...byLabel('r*'), ...byNumber('7')], { found })).toEqual([[7, 7]]);
  });

  test('for a file system with the label boot, too', async () => {
    const fileSystem = { ...xfs, label: 'boot' };
    expect((await refusal(byLabel('dat*'), { fileSystem }))[0]).toBe('saved-partition-bootable');
  });

  test('where two partitions would have one GUID', async () => {
    const found = foundOf([{ number: 5, firstLba: 40_000, lastLba: 49_999, name: 'data' }]);
    const same = imageOf([{ number: 5, firstLba: 2048, lastLba: 4095, name: 'x' }], {
      guidBase: 0x80,
    });
    expect((await refusal(byLabel('data'), { found, of: same }))[0]).toBe(
      'saved-partitions-conflict',
    );
  });

  test('for a number that the image’s table does not have', async () => {
    const found = foundOf([{ number: 100, firstLba: 40_000, lastLba: 49_999, name: 'data' }]);
    const short = imageOf([{ number: 1, firstLba: 2048, lastLba: 4095, name: 'x' }], {
      entryCount: 64,
    });
    expect((await refusal(byLabel('data'), { found, of: short }))[0]).toBe(
      'saved-partitions-conflict',
    );
  });

  test('for an image whose first sector does not keep the disk for a GPT', async () => {
    const head = Buffer.from(image.head);
    head[446 + 4] = 0x83;
    expect((await refusal(byLabel('data'), { of: { ...image, head } }))[0]).toBe(
      'saved-partitions-conflict',
    );
  });

  test('where an MBR with partitions stands before the table', async () => {
    const found = await foundOf(old, {}, (disk) => disk.fill(0x83, 446 + 4, 446 + 5));
    // Also for what the GPT does not have: it may be meant of the MBR, whose partition would be lost.
    for (const filters of [byLabel('data'), byLabel('other'), byNumber('20')])
      expect(() => checkTable(found, filters)).toThrow(
        expect.objectContaining({
          failure: expect.objectContaining({ code: 'saved-partition-table-unusable' }),
        }),
      );
    expect(checkTable(found, [])).toBeUndefined();
    expect(checkTable(await foundOf(), byNumber('20'))).toBeUndefined();
  });

  test('where only a backup is left, and the whole disk has a file system', async () => {
    const left = await foundOf(old, {}, (disk) => disk.fill(0, 0, mib));
    const member: FileSystem = { type: 'LVM2_member', label: undefined, uuid: undefined };
    for (const filters of [byLabel('data'), byNumber('20')])
      expect(() => checkTable(left, filters, member)).toThrow(
        expect.objectContaining({
          failure: expect.objectContaining({
            code: 'saved-partition-table-unusable',
            why: expect.stringContaining('a file system on the whole disk (LVM2_member)'),
          }),
        }),
      );
    checkTable(left, byLabel('data'));
    checkTable(left, [], member);
    // Beside a first copy that is good, such as that of an ISO.
    checkTable(await foundOf(), byLabel('data'), { ...member, type: 'iso9660' });
  });

  test('for entries of another size', async () => {
    const found = foundOf(old, { entryBytes: 256 });
    expect((await refusal(byLabel('data'), { found }))[0]).toBe('saved-partition-table-unusable');
  });
});

describe('a table that cannot be read', () => {
  const damaged: TableFound = { mbr: 'protective', table: undefined, fault: 'it is damaged' };
  const onlyMbr: TableFound = { mbr: 'partitions', table: undefined, fault: undefined };
  const nothing: TableFound = { mbr: 'none', table: undefined, fault: undefined };

  test('is refused with filters, and overwritten without', () => {
    expect(() => checkTable(damaged, byLabel('data'))).toThrow(TargetError);
    checkTable(damaged, []);
  });

  test('of an MBR is refused with numbers; labels match nothing in it', () => {
    expect(() => checkTable(onlyMbr, byNumber('5'))).toThrow(TargetError);
    checkTable(onlyMbr, byLabel('data'));
  });

  test('of other sectors is not for gdisk', () => {
    const next = (found: TableFound) => {
      try {
        return checkTable(found, byLabel('data'));
      } catch (error) {
        return (error as TargetError).failure.next;
      }
    };
    expect(next(damaged)).toMatch(/^Repair the table with gdisk, or install without/);
    expect(next({ ...damaged, isForOtherSectors: true })).toMatch(/^Connect the disk as it was/);
  });

  test('is none on a new disk, where all filters match nothing', () => {
    checkTable(nothing, [...byLabel('data'), ...byNumber('5')]);
  });
});

describe('warnings', () => {
  async function warnings(filters: ReturnType<typeof byLabel>, found = foundOf()) {
    const there = await found;
    const fates = fatesOf(there, filters);
    const plan = planSaved(target, image, there, fates);
    return warnOfPartitions(target.path, image, there, fates, filters, plan);
  }

  test('without filters name each partition with data, and how to keep it', async () => {
    expect(await warnings([])).toEqual([
      'Partition 5 "data" of /dev/sdx (xfs "var", 4.9 MiB) will be lost. --save-partlabel data keeps it.',
      'Partition 6 "logs" of /dev/sdx (xfs "var", 4.9 MiB) will be lost. --save-partlabel logs keeps it.',
    ]);
    const early = foundOf([{ number: 5, firstLba: 8192, lastLba: 49_999, name: 'my data' }]);
    expect(await warnings([], early)).toEqual([
      'Partition 5 "my data" of /dev/sdx (xfs "var", 20.4 MiB) will be lost. The image needs its place.',
    ]);
  });

  test('say where nothing is saved, and why', async () => {
    expect(await warnings(byLabel('x'))).toEqual([
      'Nothing on /dev/sdx is saved: none of its partitions fits (1 "EFI-SYSTEM", 4 "root", 5 "data", 6 "logs").',
    ]);
    const none: TableFound = { mbr: 'none', table: undefined, fault: undefined };
    expect(await warnings(byLabel('x'), Promise.resolve(none))).toEqual([
      'Nothing on /dev/sdx is saved: it has no partition table (GPT).',
    ]);
  });

  test('say that the backup is used, and why', async () => {
    const entries = foundOf(old, {}, (disk) => disk.fill(0xff, 1024, 1025));
    const sentence = (why: string) =>
      `The first copy of the partition table of /dev/sdx cannot be used (${why}), and the backup at the end of the disk is: compare its partitions with those that you know.`;
    for (const filters of [byLabel('data'), byLabel('x'), []])
      expect((await warnings(filters, entries))[0]).toBe(sentence('its entries are damaged (CRC)'));
    const gone = foundOf(old, {}, (disk) => disk.fill(0, 0, mib));
    expect(await warnings(byLabel('data'), gone)).toEqual([sentence('it has been overwritten')]);
    const system = old.slice(0, 2);
    expect(
      await warnings(
        [],
        foundOf(system, {}, (disk) => disk.fill(0, 0, mib)),
      ),
    ).toEqual([]);
  });

  test('say that the copies differ', async () => {
    const differing = foundOf(old, {}, (disk) => {
      disk.set(Buffer.from('x'), 1024 + 5 * 128 + 56);
      const header = disk.subarray(512, 604);
      header.writeUInt32LE(crc32(disk.subarray(1024, 1024 + 128 * 128)), 88);
      seal(header);
    });
    const sentence =
      'The two copies of the partition table of /dev/sdx differ; the first one is used.';
    expect(await warnings(byLabel('data'), differing)).toEqual([sentence]);
    expect((await warnings([], differing))[0]).toBe(sentence);
  });

  test('say which filter fits nothing, and which partition gets another number', async () => {
    const found = foundOf([{ number: 3, firstLba: 40_000, lastLba: 49_999, name: 'data' }]);
    expect(await warnings([...byLabel('x*'), ...byNumber('3')], found)).toEqual([
      'No partition of /dev/sdx fits --save-partlabel x*.',
      'Partition 3 "data" of /dev/sdx becomes partition 5: its own number is one of the image. The next time, save it by its label.',
    ]);
  });

  test('name the new number of a partition whose label is none, or not its own only', async () => {
    const found = foundOf([
      { number: 1, firstLba: 2048, lastLba: 4095, name: 'data' },
      { number: 3, firstLba: 40_000, lastLba: 49_999, name: 'data' },
      { number: 4, firstLba: 50_000, lastLba: 59_999, name: '' },
    ]);
    expect(await warnings(byNumber('3-4'), found)).toEqual([
      'Partition 3 "data" of /dev/sdx becomes partition 5: its own number is one of the image. The next time, save it by its number, 5.',
      'Partition 4 of /dev/sdx becomes partition 6: its own number is one of the image. The next time, save it by its number, 6.',
    ]);
  });

  test('say that the image is larger than its table says, and reaches a saved partition', async () => {
    const found = await foundOf();
    const fates = fatesOf(found, byLabel('data'));
    const plan = planSaved(target, image, found, fates);
    const of = (sizeBytes: number | undefined) =>
      warnOfPartitions(target.path, { ...image, sizeBytes }, found, fates, byLabel('data'), plan);
    expect(of(40_000 * 512 + 1)).toEqual([
      'The image has 20480001 bytes, and the first saved partition of /dev/sdx begins at byte 20480000: if the image has data there, the installation fails.',
    ]);
    expect(of(40_000 * 512)).toEqual([]);
    expect(of(undefined)).toEqual([]);
  });
});

function seal(header: Buffer): void {
  header.writeUInt32LE(0, 16);
  header.writeUInt32LE(crc32(header), 16);
}
