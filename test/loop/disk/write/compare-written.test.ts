import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeviceFile } from '../../../../src/disk/own/device-file.ts';
import { compareWritten } from '../../../../src/disk/write/compare-written.ts';
import { WrittenRecord } from '../../../../src/disk/write/written-record.ts';
import { faultyDisk } from '../../../support/faulty-disk.ts';
import { openWriter, targetOf } from '../../../support/loop-target.ts';
import { never } from '../../../support/read.ts';

const MiB = 1024 * 1024;
const sizeBytes = 6 * MiB + 5 * 512;
/** Too many to be, by chance, those that were there before. */
const lost = { startBytes: 2 * MiB + 4096, endBytes: 2 * MiB + 4096 + 16 };

afterEach(() => vi.restoreAllMocks());

/** A kernel that takes no O_DIRECT; here every block device does. */
function withoutDirect(): void {
  const open = DeviceFile.open.bind(DeviceFile);
  vi.spyOn(DeviceFile, 'open').mockImplementation((target, options) =>
    open(target, { ...options, direct: false }),
  );
}

/**
 * The page cache holds what was written, for the disk is in use all the while, and the disk has lost
 * a few bytes of it.
 */
describe.each(['past the page cache', 'through it'])('a comparison %s', (how) => {
  it.each([
    { lying: [], fits: true },
    { lying: [lost], fits: false },
  ])('sees what the disk holds, not what memory does (sound: $fits)', async ({ lying, fits }) => {
    await using disk = await faultyDisk({ sizeBytes, lying });
    const target = targetOf(disk);
    const record = new WrittenRecord();
    await using writer = await openWriter(target, { direct: false, record });
    await writer.write(0, randomBytes(sizeBytes));
    await writer.flush();
    if (how === 'through it') withoutDirect();
    const compared = compareWritten(target, record, { signal: never });
    if (fits) return await compared;
    await expect(compared).rejects.toThrow(
      `from byte ${2 * MiB} to byte ${3 * MiB - 1} differs from what was written`,
    );
  });
});
