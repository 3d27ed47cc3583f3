import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseGpt } from '../../../src/disk/gpt/gpt.ts';
import type { DeviceWriter } from '../../../src/disk/write/writer.ts';
import { commit, withdraw } from '../../../src/install/commit.ts';
import { WriteError } from '../../../src/lib/errors.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { makeDiskImage } from '../../support/disk-image.ts';
import type { ByteRange } from '../../support/installed-disk.ts';

const mib = 1024 * 1024;
const sector = 512;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'commit-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A disk that keeps what it has where it lies, and tells in which order it was asked for what. */
class LyingDisk {
  readonly calls: string[] = [];
  readonly #file: FileHandle;
  readonly #lying: ByteRange | undefined;

  constructor(file: FileHandle, lying: ByteRange | undefined) {
    this.#file = file;
    this.#lying = lying;
  }

  async write(offsetBytes: number, bytes: Uint8Array): Promise<void> {
    this.calls.push(`write ${offsetBytes}`);
    const taken = Uint8Array.from(bytes);
    if (this.#lying !== undefined) {
      const start = Math.max(this.#lying.startBytes, offsetBytes);
      const length = Math.min(this.#lying.endBytes, offsetBytes + bytes.length) - start;
      if (length > 0) await this.#file.read(taken, start - offsetBytes, length, start);
    }
    await this.#file.write(taken, 0, taken.length, offsetBytes);
  }

  async flush(): Promise<void> {
    this.calls.push('flush');
  }

  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    return (await this.#file.read(new Uint8Array(lengthBytes), 0, lengthBytes, offsetBytes)).buffer;
  }
}

interface Disk {
  readonly plan: Plan;
  readonly head: Buffer;
  readonly path: string;
  readonly tailBytes: number;
}

/** A larger disk with all of an image but for its tables, and old bytes where they belong. */
async function preparedDisk(change: (head: Buffer) => void = () => undefined): Promise<Disk> {
  const path = join(directory, 'disk.img');
  copyFileSync(await makeDiskImage({ layout: '2019' }), path);
  const head = readFileSync(path).subarray(0, mib);
  const gpt = parseGpt(head);
  change(head);
  const sizeBytes = gpt.requiredDiskBytes + 3 * mib + 5 * sector;
  truncateSync(path, sizeBytes);
  writeFileSync(path, Buffer.alloc(mib, 0xb7), { flag: 'r+' });
  const target = { path, sizeBytes, sectorSizeBytes: sector };
  const plan = { target, image: { gpt } } as unknown as Plan;
  return { plan, head, path, tailBytes: 33 * sector };
}

async function commitTo({ plan, head, path }: Disk, lying?: ByteRange): Promise<string[]> {
  await using file = await open(path, 'r+');
  const disk = new LyingDisk(file, lying);
  const before = async () => void disk.calls.push('all the rest is compared');
  await commit(plan, head, disk as unknown as DeviceWriter, before);
  return disk.calls;
}

describe('the commit', () => {
  test('writes the first sector when all else is on stable storage and compared', async () => {
    const disk = await preparedDisk();
    expect(await commitTo(disk)).toEqual([
      `write ${disk.plan.target.sizeBytes - disk.tailBytes}`,
      `write ${sector}`,
      'flush',
      'all the rest is compared',
      'write 0',
      'flush',
    ]);
  });

  test.each<[string, ByteRange, number]>([
    ['the boot code of the first sector', { startBytes: 0, endBytes: 440 }, 0],
    ['one byte of it', { startBytes: 439, endBytes: 440 }, 0],
    [
      'what stands between the entries and the first partition',
      { startBytes: 40 * sector, endBytes: 41 * sector },
      sector,
    ],
    ['the last byte before it', { startBytes: mib - 1, endBytes: mib }, sector],
  ])('sees that a disk has lost %s, which sgdisk does not look at', async (_, lying, piece) => {
    const lost = commitTo(await preparedDisk(), lying);
    await expect(lost).rejects.toThrow(WriteError);
    await expect(lost).rejects.toThrow(
      `the data read back at byte ${piece} differs from what was written`,
    );
  });

  test('lets sgdisk refuse a table that is on the disk as it should be', async () => {
    // A hybrid table: its second record is for a partition that the GPT does not have.
    const disk = await preparedDisk((head) => {
      head[446 + 16 + 4] = 0x83;
      head.writeUInt32LE(5000, 446 + 16 + 8);
      head.writeUInt32LE(77, 446 + 16 + 12);
    });
    const refused = commitTo(disk);
    await expect(refused).rejects.toThrow(WriteError);
    await expect(refused).rejects.toThrow('its new partition table is invalid (sgdisk: ');
  });
});

describe('the withdrawal', () => {
  const zeroed = async (disk: Disk, refused: readonly number[]) => {
    const tail = disk.plan.target.sizeBytes - disk.tailBytes;
    const pieces = [0, sector, tail];
    const taken: [number, number][] = [];
    const done = withdraw(disk.plan, disk.head, async (offsetBytes, zeros) => {
      if (refused.includes(pieces.indexOf(offsetBytes))) throw new Error(`no ${offsetBytes}`);
      expect(zeros.every((byte) => byte === 0)).toBe(true);
      taken.push([offsetBytes, zeros.length]);
    });
    return { tail, taken, error: await done.catch((error: unknown) => error) };
  };

  test('takes the first sector first: nothing else makes the rest a table', async () => {
    const disk = await preparedDisk();
    const { tail, taken, error } = await zeroed(disk, []);
    expect(error).toBeUndefined();
    expect(taken).toEqual([
      [0, sector],
      [sector, mib - sector],
      [tail, disk.tailBytes],
    ]);
  });

  test.each([
    { refused: [0], takes: [1, 2] },
    { refused: [1], takes: [0, 2] },
    { refused: [2], takes: [0, 1] },
    { refused: [1, 2], takes: [0] },
    { refused: [0, 1, 2], takes: [] },
  ])('where the disk refuses pieces $refused, takes the others and says so', async (given) => {
    const { tail, taken, error } = await zeroed(await preparedDisk(), given.refused);
    const pieces = [0, sector, tail];
    expect(taken.map(([offset]) => pieces.indexOf(offset))).toEqual(given.takes);
    expect(error).toEqual(new Error(`no ${pieces[given.refused[0] ?? 0]}`));
  });
});
