import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GptError, parseGpt } from '../../../../src/disk/gpt/gpt.ts';
import { makeDiskImage } from '../../../support/disk-image.ts';
import { buildGptHead, entrySectors, type GptShape } from '../../../support/gpt-builder.ts';
import { lacks } from '../../../support/needs.ts';

/** Tables with up to eight partitions in any order, with gaps, of either sector size. */
const shapes: fc.Arbitrary<GptShape> = fc
  .record({
    sectorSizeBytes: fc.constantFrom(512 as const, 4096 as const),
    cuts: fc.uniqueArray(fc.integer({ min: 100, max: 2 ** 40 }), { minLength: 2, maxLength: 16 }),
    numbers: fc.uniqueArray(fc.integer({ min: 1, max: 128 }), { minLength: 8, maxLength: 8 }),
    names: fc.array(fc.string({ unit: 'binary', maxLength: 18 }), { minLength: 8, maxLength: 8 }),
    entryBytes: fc.constantFrom(128, 256),
    entryCount: fc.constantFrom(8, 128, 136),
    // Often none: the last partition ends where the backup table begins.
    freeSectors: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2000 })),
  })
  .map(({ cuts, numbers, names, freeSectors, entryCount, ...shape }) => {
    const sorted = cuts.toSorted((a, b) => a - b);
    const entries = entrySectors({ ...shape, entryCount: Math.max(entryCount, ...numbers) });
    return {
      ...shape,
      entryCount: Math.max(entryCount, ...numbers),
      diskSectors: (sorted.at(-1) ?? 0) + freeSectors + entries + 1,
      partitions: Array.from({ length: Math.floor(sorted.length / 2) }, (_, index) => ({
        number: numbers[index] ?? 0,
        firstLba: sorted[2 * index] ?? 0,
        lastLba: (sorted[2 * index + 1] ?? 0) - 1,
        name: (names[index] ?? '').replaceAll('\0', ''),
      })),
    };
  });

const sample: GptShape = {
  sectorSizeBytes: 512,
  diskSectors: 10_000,
  partitions: [
    { number: 1, firstLba: 2048, lastLba: 4095, name: 'boot' },
    { number: 4, firstLba: 4096, lastLba: 4096, name: 'root' },
  ],
};

function reasonOf(head: Uint8Array): string | undefined {
  try {
    parseGpt(head);
    return undefined;
  } catch (error) {
    if (error instanceof GptError) return error.reason;
    throw error;
  }
}

describe('parseGpt', () => {
  it('reads what stands in the table, whatever its shape', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const gpt = parseGpt(buildGptHead(shape));
        expect(gpt.sectorSizeBytes).toBe(shape.sectorSizeBytes);
        expect(gpt.requiredDiskBytes).toBe(shape.diskSectors * shape.sectorSizeBytes);
        const read = gpt.partitions.map(({ number, firstLba, lastLba, name }) => ({
          number,
          firstLba,
          lastLba,
          name,
        }));
        expect(read).toEqual(shape.partitions.toSorted((a, b) => a.number - b.number));
      }),
    );
  });

  it('tells places and sizes in bytes', () => {
    expect(parseGpt(buildGptHead(sample)).partitions).toMatchObject([
      { name: 'boot', offsetBytes: 1_048_576, sizeBytes: 1_048_576 },
      { name: 'root', offsetBytes: 2_097_152, sizeBytes: 512 },
    ]);
  });

  it('refuses a table with any byte changed', () => {
    const head = buildGptHead(sample);
    const covered = fc.oneof(
      fc.integer({ min: 512, max: 512 + 91 }),
      fc.integer({ min: 1024, max: head.length - 1 }),
    );
    fc.assert(
      fc.property(covered, fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(head);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        expect(reasonOf(damaged)).toBeDefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('answers to any bytes at all with a table or a GptError', () => {
    const signature = Buffer.from('EFI PART\0\0\x01\0', 'latin1');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.boolean(), (bytes, signed) => {
        const head = Buffer.concat([
          Buffer.alloc(512),
          signature.subarray(0, signed ? 12 : 0),
          bytes,
        ]);
        expect(reasonOf(head)).toBeDefined();
      }),
    );
  });

  it('refuses a table that is cut off', () => {
    const head = buildGptHead(sample);
    expect(reasonOf(head.subarray(0, 600))).toBe('too-short');
    expect(reasonOf(head.subarray(0, head.length - 1))).toBe('too-short');
    expect(reasonOf(head.subarray(0, 512))).toBe('none');
  });

  it('says which part is damaged', () => {
    const header = buildGptHead(sample);
    header[512 + 60] = 0;
    expect(() => parseGpt(header)).toThrow('its header is damaged (CRC)');
    const entries = buildGptHead(sample);
    entries[1024 + 3] = 0;
    expect(() => parseGpt(entries)).toThrow('its entries are damaged (CRC)');
  });

  it('refuses partitions that lie over each other or off the disk, though the CRC is right', () => {
    const over = { number: 2, firstLba: 4000, lastLba: 5000, name: 'over' };
    const off = { number: 2, firstLba: 9000, lastLba: 9990, name: 'off' };
    const backwards = { number: 2, firstLba: 6000, lastLba: 5000, name: 'backwards' };
    for (const added of [over, off, backwards]) {
      const partitions = [...sample.partitions, added];
      expect(reasonOf(buildGptHead({ ...sample, partitions }))).toBe('bad-range');
    }
  });

  it.each([
    { of: 'its neighbour', added: { firstLba: 4096, lastLba: 5000 }, other: 4, problem: 'over' },
    { of: 'the one before', added: { firstLba: 1990, lastLba: 2048 }, other: 1, problem: 'over' },
    { of: 'the backup table', added: { firstLba: 9000, lastLba: 9967 }, problem: 'outside' },
    { of: 'the primary table', added: { firstLba: 33, lastLba: 40 }, problem: 'outside' },
  ])('refuses a partition that takes one sector of $of, and takes it without', (given) => {
    const { firstLba, lastLba } = given.added;
    const withPartition = (places: { firstLba: number; lastLba: number }) => {
      const partitions = [...sample.partitions, { number: 2, name: 'close', ...places }];
      return () => parseGpt(buildGptHead({ ...sample, partitions })).partitions.length;
    };
    expect(withPartition(given.added)).toThrow(
      given.problem === 'over'
        ? 'overlaps another one'
        : 'its partition 2 lies outside the usable sectors',
    );
    const atTheEnd = given.of === 'the one before' || given.of === 'the backup table';
    const smaller = atTheEnd
      ? { firstLba, lastLba: lastLba - 1 }
      : { firstLba: firstLba + 1, lastLba };
    expect(withPartition(smaller)()).toBe(3);
  });

  it.each([
    [0, false],
    [1, true],
    [1024, true],
    [1025, false],
  ])('of a table that claims %i entries says whether that can be: %s', (entryCount, sound) => {
    const partitions = sample.partitions.slice(0, Math.min(1, entryCount));
    const read = () => parseGpt(buildGptHead({ ...sample, entryCount, partitions }));
    if (sound) expect(read().partitions).toHaveLength(1);
    else expect(read).toThrow(`it claims ${entryCount} entries`);
  });

  it('refuses a partition in the place of the backup table, however usable that is called', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 0, max: 300 }), (shape, over) => {
        const last = shape.partitions.toSorted((a, b) => b.firstLba - a.firstLba)[0];
        if (last === undefined) throw new Error('no partition');
        const entries = entrySectors(shape);
        const lastLba = shape.diskSectors - 1 - entries + Math.min(over, entries - 1);
        const partitions = shape.partitions.map((one) =>
          one === last ? { ...one, lastLba } : one,
        );
        const lastUsableLba = shape.diskSectors - 2;
        const head = buildGptHead({ ...shape, partitions, lastUsableLba });
        expect(() => parseGpt(head)).toThrow(
          `its partition ${last.number} overlaps the backup table`,
        );
        // One sector less, and it is sound.
        const touching = shape.partitions.map((one) =>
          one === last ? { ...one, lastLba: shape.diskSectors - 2 - entries } : one,
        );
        parseGpt(buildGptHead({ ...shape, partitions: touching, lastUsableLba }));
      }),
    );
  });

  it('finds a 4096-byte table beside the remains of a 512-byte one', () => {
    const head = buildGptHead({ ...sample, sectorSizeBytes: 4096 });
    head.write('EFI PART', 512, 'latin1');
    expect(parseGpt(head).sectorSizeBytes).toBe(4096);
  });

  it.skipIf(lacks('sgdisk', 'sfdisk', 'mkfs.ext4', 'mkfs.vfat')).each(['2019', 'today'] as const)(
    'agrees with sgdisk on a real image (%s)',
    async (layout) => {
      const image = await makeDiskImage({ layout });
      const { partitions, diskGuid, firstUsableLba, lastUsableLba } = parseGpt(headOf(image));
      const printed = execFileSync('sgdisk', ['--print', image], { encoding: 'utf8' });
      expect(printed).toContain(`Disk identifier (GUID): ${diskGuid}`);
      expect(printed).toContain(
        `First usable sector is ${firstUsableLba}, last usable sector is ${lastUsableLba}`,
      );
      for (const partition of partitions) {
        const info = execFileSync('sgdisk', [`--info=${partition.number}`, image], {
          encoding: 'utf8',
        });
        expect(info).toContain(`Partition GUID code: ${partition.typeGuid}`);
        expect(info).toContain(`Partition unique GUID: ${partition.uniqueGuid}`);
        expect(info).toContain(`First sector: ${partition.firstLba} `);
        expect(info).toContain(`Last sector: ${partition.lastLba} `);
        expect(info).toContain(`Partition name: '${partition.name}'`);
      }
      expect(partitions).toHaveLength(4);
    },
  );
});

function headOf(path: string): Buffer {
  const head = Buffer.alloc(1_048_576);
  const file = openSync(path, 'r');
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  return head;
}
