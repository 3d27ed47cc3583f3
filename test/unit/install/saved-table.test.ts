import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { readDiskTable } from '../../../src/disk/gpt/disk-table.ts';
import { parseGpt } from '../../../src/disk/gpt/gpt.ts';
import { relocateGpt } from '../../../src/disk/gpt/relocate-gpt.ts';
import { savedOnlyTable } from '../../../src/disk/gpt/saved-tables.ts';
import type { OwnedDisk } from '../../../src/disk/own/owned-disk.ts';
import type { DeviceWriter } from '../../../src/disk/write/writer.ts';
import { savedTable } from '../../../src/install/saved-table.ts';
import type { TableWrites } from '../../../src/install/table-writes.ts';
import { WriteError } from '../../../src/lib/errors.ts';
import { labelFilters } from '../../../src/parameters/partition-filter.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { planSaved, type SavedPlan } from '../../../src/plan/saved-partitions.ts';
import type { DiskEvent } from '../../support/faulty-disk.ts';
import { type BuiltPartition, buildGptHead } from '../../support/gpt-builder.ts';
import { worstPowerLosses } from '../../support/power-loss.ts';
import type { SavedData } from '../../support/saved-disk.ts';
import { inWords, savedState } from '../../support/saved-oracle.ts';

const mib = 1024 * 1024;
const sizeBytes = 8 * mib + 5 * 512;
const data = { number: 5, firstLba: 6 * 2048, lastLba: 7 * 2048 - 1, name: 'data' };

function headOf(diskSectors: number, partitions: readonly BuiltPartition[], guidBase: number) {
  const head = Buffer.alloc(mib, 0xcd);
  buildGptHead({ sectorSizeBytes: 512, diskSectors, partitions, guidBase }).copy(head);
  // Boot code, and a protective MBR.
  head.fill(0x90, 0, 440);
  head.set([0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], 446);
  head.writeUInt16LE(0xaa55, 510);
  return head;
}

const head = headOf(
  6 * 2048,
  [1, 2, 3, 4].map((number) => ({
    ...{
      number,
      firstLba: number * 2048,
      lastLba: number * 2048 + 2047,
      name: `of image ${number}`,
    },
  })),
  0,
);

/** In memory; it tells everything that it was asked for, and can be broken in places. */
class Disk {
  readonly bytes = Buffer.alloc(sizeBytes, 0xa5);
  readonly events: DiskEvent[] = [];
  /** Writes that begin there fail. */
  failsAt: number | undefined;
  /** Reading what was written there gives other bytes, once. */
  liesAt: number | undefined;

  async write(offsetBytes: number, bytes: Uint8Array): Promise<void> {
    if (offsetBytes === this.failsAt)
      throw new WriteError({ code: 'disk-write-failed', failed: 'x', why: 'EIO', next: 'y' });
    this.events.push({ kind: 'write', offsetBytes, bytes: Buffer.from(bytes) });
    this.bytes.set(bytes, offsetBytes);
  }

  async flush(): Promise<void> {
    this.events.push({ kind: 'flush' });
  }

  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    const bytes = Uint8Array.from(this.bytes.subarray(offsetBytes, offsetBytes + lengthBytes));
    const isWritten = this.events.some(
      (event) => event.kind === 'write' && event.offsetBytes === offsetBytes,
    );
    if (offsetBytes === this.liesAt && isWritten) {
      this.liesAt = undefined;
      bytes[0] = (bytes[0] ?? 0) ^ 1;
    }
    return bytes;
  }
}

let disk: Disk;
let table: TableWrites;
let plan: SavedPlan;
let saved: readonly SavedData[];

/** The table of an older system, in both copies, with the partition to be saved and one that is not. */
function putOldTable(): void {
  // Its entry is in an odd sector of the backup, whose header is in an even one: half of it is torn.
  const lost = { number: 6, firstLba: 2048, lastLba: 4095, name: 'lost' };
  const older = headOf(sizeBytes / 512, [data, lost], 0x80);
  const moved = relocateGpt(older, parseGpt(older), sizeBytes);
  disk.bytes.set(moved.head);
  disk.bytes.set(moved.tail, sizeBytes - moved.tail.length);
}

/** Plans to save the partition that is in the table on the disk. */
async function planTable(): Promise<void> {
  const shape = { sizeBytes, sectorSizeBytes: 512 };
  const found = await readDiskTable((at, length) => disk.read(at, length), shape);
  const partition = found.table?.gpt.partitions.find(({ name }) => name === data.name);
  const [savedBy] = labelFilters({ value: 'data', origin: { kind: 'option', name: '-x' } });
  const target = { path: '/dev/no-such-disk', partitions: [], ...shape };
  const image = { head, gpt: parseGpt(head), headSizeBytes: mib };
  const whole = { target, image } as unknown as Plan;
  if (partition === undefined) throw new Error('no partition');
  const fate = { ...partition, fileSystem: undefined, savedBy, isNamed: true, beyondSystem: false };
  const wanted = planSaved(whole.target, whole.image, found, [fate]);
  if (wanted === undefined) throw new Error('nothing is saved');
  plan = wanted;
  const device = disk as unknown as DeviceWriter;
  const owned = {
    file: { spare: () => undefined },
    write: async (_: unknown, work: (device: DeviceWriter) => Promise<unknown>) =>
      await work(device),
  };
  table = savedTable(whole, plan, owned as unknown as OwnedDisk, {});
}

/** A disk with the table of the saved partition only, as `clear` leaves it before the image is written. */
beforeEach(async () => {
  disk = new Disk();
  putOldTable();
  await planTable();
  const only = savedOnlyTable(plan.table.header, plan.partitions, plan.places);
  disk.bytes.set(only.mbr, 0);
  disk.bytes.set(only.header, 512);
  disk.bytes.set(only.array, plan.places.arrayLba * 512);
  disk.bytes.set(only.tail, sizeBytes - only.tail.length);
  const startBytes = data.firstLba * 512;
  const endBytes = (data.lastLba + 1) * 512;
  const content = disk.bytes.subarray(startBytes, endBytes);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const entry = Buffer.from(plan.partitions[0]?.entry ?? []);
  saved = [{ number: 5, name: 'data', startBytes, endBytes, sha256, entry }];
});

/** The disk loses a byte of the entries that its header names, and does not tell. */
const loseEntries = () => {
  const at = plan.places.arrayLba * 512 + 4 * 128 + 40;
  disk.bytes[at] = (disk.bytes[at] ?? 0) ^ 1;
};

const failing = async () => {
  throw new Error('the comparison of the disk found a difference');
};

/** What is on the disk wherever the power goes during this, without repetitions. */
async function statesDuring(work: () => Promise<unknown>): Promise<string[]> {
  const before = Buffer.from(disk.bytes);
  disk.events.length = 0;
  await work();
  const states: string[] = [];
  for (const { disk: left } of worstPowerLosses(before, disk.events)) {
    const state = await savedState(left, saved).then(inWords, (error: Error) => error.message);
    if (!states.includes(state)) states.push(state);
  }
  return states;
}

const now = async () => inWords(await savedState(disk.bytes, saved));
const headerOnDisk = () => Buffer.from(disk.bytes.subarray(512, 1024));

describe('a table that is withdrawn', () => {
  test('is the merged one until the entries of the other one are on the disk again', async () => {
    loseEntries();
    // The first sector of the new table is not what was written.
    disk.liesAt = 0;
    await expect(table.commit(head, async () => undefined)).rejects.toThrow('differs');
    expect(await now()).toBe('table of a system, boot code');
    // Whenever the power goes, and although the entries had been lost, the saved partition is in a table.
    expect(await statesDuring(() => table.withdraw(head))).toEqual([
      'table of a system, boot code',
      'table saved only, boot code',
      'table saved only, no boot code',
    ]);
    expect(await now()).toBe('table saved only, no boot code');
  });

  test('gives back the entries that the disk lost before the commit', async () => {
    await expect(table.commit(head, failing)).rejects.toThrow('found a difference');
    loseEntries();
    await expect(now()).rejects.toThrow('the first copy of the table is not good');
    const states = await statesDuring(() => table.withdraw(head));
    expect(states.at(-1)).toBe('table saved only, no boot code');
    expect(await now()).toBe('table saved only, no boot code');
    // As soon as they are there, it stays good.
    expect(states.filter((state) => !state.startsWith('table saved only'))).toHaveLength(1);
  });

  test.each(['fails', 'has no effect'])(
    'stays where writing the entries of the other one %s: it has the saved partitions, too',
    async (what) => {
      loseEntries();
      disk.liesAt = 0;
      await expect(table.commit(head, async () => undefined)).rejects.toThrow('differs');
      const merged = headerOnDisk();
      const at = plan.places.arrayLba * 512;
      if (what === 'fails') disk.failsAt = at;
      else disk.liesAt = at;
      const states = await statesDuring(() => expect(table.withdraw(head)).rejects.toThrow());
      expect(states).toEqual(['table of a system, boot code'].slice(0, states.length));
      expect(headerOnDisk().equals(merged)).toBe(true);
      expect(await now()).toBe('table of a system, boot code');
    },
  );
});

describe('the old table', () => {
  beforeEach(async () => {
    putOldTable();
    await planTable();
  });

  const clear = () => table.clear(disk as unknown as DeviceWriter, () => undefined);

  test.each([
    ['both copies are', []],
    ['the first copy is', [sizeBytes - 512]],
    ['the copy at the end is', [512]],
  ])(
    'is replaced so that the partition is in a table at every moment: %s good',
    async (_, lost) => {
      for (const at of lost) disk.bytes.fill(0, at, at + 512);
      await planTable();
      const before = Buffer.from(disk.bytes);
      disk.events.length = 0;
      // sgdisk, which is asked at the end, finds no such disk.
      await expect(clear()).rejects.toThrow();
      const tables = new Set<string>();
      for (const { disk: left } of worstPowerLosses(before, disk.events)) {
        const read = async (at: number, length: number) => left.subarray(at, at + length);
        const found = await readDiskTable(read, { sizeBytes, sectorSizeBytes: 512 });
        tables.add(`${found.mbr}: ${found.table?.gpt.partitions.map(({ name }) => name).join()}`);
      }
      expect([...tables]).toEqual(['protective: data,lost', 'protective: data']);
    },
  );

  test.each([
    ['header', 512 + 24],
    ['entries', 1024 + 4 * 128 + 60],
  ])(
    'is not the one that was planned with where a byte of its %s alone has changed',
    async (_, at) => {
      await table.recheck();
      disk.bytes[at] = (disk.bytes[at] ?? 0) ^ 1;
      await expect(table.recheck()).rejects.toThrow('has changed since the plan was made');
    },
  );

  test('is not cleared where the disk has other bytes than were written', async () => {
    disk.liesAt = sizeBytes - 33 * 512;
    await expect(clear()).rejects.toThrow('differs from what was written');
  });
});

test('where the disk has other bytes, the new table is not committed', async () => {
  const before = headerOnDisk();
  disk.liesAt = sizeBytes - 33 * 512;
  await expect(table.commit(head, async () => undefined)).rejects.toThrow('differs');
  expect(headerOnDisk().equals(before)).toBe(true);
});

test('nor is the one with the saved partitions called restored', async () => {
  disk.liesAt = sizeBytes - 33 * 512;
  await expect(table.withdraw(head)).rejects.toThrow('differs');
});
