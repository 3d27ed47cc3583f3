import { createHash } from 'node:crypto';
import { open, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { makeDiskImage } from '../support/disk-image.ts';
import { type FaultyDiskOptions, faultyDisk } from '../support/faulty-disk.ts';
import { installHere } from '../support/install-here.ts';
import { type ByteRange, hasAnyTable, unexpectedDifferences } from '../support/installed-disk.ts';
import type { Random } from '../support/random.ts';
import { putOlderSystem, savedDiskBytes } from '../support/saved-disk.ts';
import { savedState, wholeDisk } from '../support/saved-oracle.ts';
import { diskSizeBytes, smallFixture, smallImage } from '../support/small-fixture.ts';
import { rounds } from './rounds.ts';

const mib = 1024 * 1024;

/** What one installation writes, about: a disk may fail in the middle of any of it. */
const workBytes = 17 * mib;

const faults: Readonly<
  Record<string, (random: Random, sizeBytes?: number) => Omit<FaultyDiskOptions, 'sizeBytes'>>
> = {
  'a bad sector': (random, size) => ({ failing: [sectors(random, 1, size)] }),
  'a bad region': (random, size) => ({
    failing: [sectors(random, random.between(1, 4096), size)],
  }),
  'fails for good': (random) => ({ failsAfterBytes: random.below(workBytes) }),
  'is shorter than it says': (random, size = diskSizeBytes) => ({
    claimedBytes: size + random.between(1, 16) * mib,
  }),
  'forgets its beginning': () => ({ lying: [{ startBytes: 0, endBytes: mib }] }),
  'forgets its end': (_, size = diskSizeBytes) => ({
    lying: [{ startBytes: size - 4096, endBytes: size }],
  }),
};

test('on a disk that fails the installation is complete, or fails and leaves nothing that boots', async () => {
  await using it = await smallFixture();
  await rounds('disk-faults', 6, async (random, seed) => {
    const names = Object.keys(faults);
    const name = names[seed % names.length] as string;
    const fault = faults[name]?.(random);
    await using disk = await faultyDisk({ sizeBytes: diskSizeBytes, ...fault });
    const options = { device: disk.path, imageUrl: it.imageUrl, ignitionUrl: it.ignitionUrl };
    const { exitCode, state, message } = await installHere(options, {});
    if (exitCode === 0) {
      // A region behind the image may be as bad as it likes; all of the image can be read.
      const usedBehind = fault?.failing !== undefined;
      expect(await unexpectedDifferences(it.imagePath, disk.path, { usedBehind })).toEqual([]);
      return `${name}: installed`;
    }
    expect(exitCode, message).toBe(5);
    if (state === 'no-table' && fault?.failing === undefined && fault?.claimedBytes === undefined) {
      expect(await hasAnyTable(disk.path), message).toBe(false);
    }
    expect(['no-table', 'unknown']).toContain(state);
    return `${name}: ${state}`;
  });
});

test('on a disk that fails saved partitions keep every byte, and a table as long as it can have one', async () => {
  await using it = await smallFixture({ diskSizeBytes: savedDiskBytes });
  const older = await makeDiskImage({ ...smallImage, layout: 'today' });
  const saved = await putOlderSystem(it.disk.path, older);
  const contentPath = `/dev/shm/saved-faults-${process.pid}.img`;
  await writeFile(contentPath, await wholeDisk(it.disk.path));
  const tables = [
    ...[0, 512, 1024, 17_000, 34 * 512, 60 * 512].map((at) => at - (at % 512)),
    ...[1, 2, 20, 33].map((sectors) => savedDiskBytes - sectors * 512),
  ];
  await rounds('disk-faults', 6, async (random, seed) => {
    const names = ['a bad sector of a table', ...Object.keys(faults)];
    const name = names[seed % names.length] as string;
    const at = random.pick(tables);
    const fault = faults[name]?.(random, savedDiskBytes) ?? {
      failing: [{ startBytes: at, endBytes: at + 512 }],
    };
    // What the disk itself has lost of the data, nobody can save.
    const hits = fault.failing?.some((bad) =>
      saved.some((one) => bad.startBytes < one.endBytes && one.startBytes < bad.endBytes),
    );
    if (hits) return `${name}: in a saved partition`;
    await using disk = await faultyDisk({ sizeBytes: savedDiskBytes, contentPath, ...fault });
    const options = {
      ...{ device: disk.path, imageUrl: it.imageUrl, ignitionUrl: it.ignitionUrl },
      savePartlabel: 'data,logs',
    };
    const { exitCode, state, message } = await installHere(options, {});
    expect([0, 3, 5], message).toContain(exitCode);
    if (exitCode === 3) expect(state).toBe('untouched');
    for (const { sha256, startBytes, endBytes } of saved)
      expect(await digestAt(disk.path, startBytes, endBytes), message).toBe(sha256);
    // Where sectors of the tables cannot be read, there is nothing to look at.
    if (fault.failing === undefined && fault.claimedBytes === undefined) {
      const left = await savedState(await wholeDisk(disk.path), saved, {
        byOthers: seed % 5 === 0,
      });
      if (exitCode === 0) expect(left.table).toBe('of a system');
      if (state === 'saved-only') expect(left).toEqual({ table: 'saved only', bootCode: false });
    }
    return `${name}: ${exitCode === 0 ? 'installed' : state}`;
  });
  await rm(contentPath);
});

async function digestAt(path: string, startBytes: number, endBytes: number): Promise<string> {
  await using file = await open(path);
  const length = endBytes - startBytes;
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, startBytes);
  return createHash('sha256').update(buffer).digest('hex');
}

test('where the table can neither be completed nor taken away, both is told', async () => {
  await using it = await smallFixture();
  const install = async (failsAfterBytes?: number) => {
    await using disk = await faultyDisk({
      sizeBytes: diskSizeBytes,
      ...(failsAfterBytes !== undefined && { failsAfterBytes }),
    });
    const options = { device: disk.path, imageUrl: it.imageUrl, ignitionUrl: it.ignitionUrl };
    const outcome = await installHere(options, {});
    const writes = (await disk.events()).filter(({ kind }) => kind === 'write');
    return { ...outcome, writes };
  };
  const { exitCode, writes } = await install();
  expect(exitCode).toBe(0);
  const writtenBytes = writes.reduce(
    (sum, event) => sum + (event.kind === 'write' ? event.bytes.length : 0),
    0,
  );
  // In the middle of the last MiB, which is the head with the table.
  const failed = await install(writtenBytes - mib / 2);
  expect(failed).toMatchObject({ exitCode: 5, state: 'unknown' });
  expect(failed.message).toMatch(
    /writing \d+ bytes at byte \d+ failed, .*; and its partition table could not be removed: writing/,
  );
});

function sectors(random: Random, count: number, sizeBytes = diskSizeBytes): ByteRange {
  const startBytes = random.below(sizeBytes / 4096) * 4096;
  return { startBytes, endBytes: startBytes + count * 4096 };
}
