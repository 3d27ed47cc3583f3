import { expect, test } from 'vitest';
import { type FaultyDiskOptions, faultyDisk } from '../support/faulty-disk.ts';
import { installHere } from '../support/install-here.ts';
import { type ByteRange, hasAnyTable, unexpectedDifferences } from '../support/installed-disk.ts';
import type { Random } from '../support/random.ts';
import { diskSizeBytes, smallFixture } from '../support/small-fixture.ts';
import { rounds } from './rounds.ts';

const mib = 1024 * 1024;

/** What one installation writes, about: a disk may fail in the middle of any of it. */
const workBytes = 17 * mib;

const faults: Readonly<Record<string, (random: Random) => Omit<FaultyDiskOptions, 'sizeBytes'>>> = {
  'a bad sector': (random) => ({ failing: [sectors(random, 1)] }),
  'a bad region': (random) => ({ failing: [sectors(random, random.between(1, 4096))] }),
  'fails for good': (random) => ({ failsAfterBytes: random.below(workBytes) }),
  'is shorter than it says': (random) => ({
    claimedBytes: diskSizeBytes + random.between(1, 16) * mib,
  }),
  'forgets its beginning': () => ({ lying: [{ startBytes: 0, endBytes: mib }] }),
  'forgets its end': () => ({
    lying: [{ startBytes: diskSizeBytes - 4096, endBytes: diskSizeBytes }],
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

function sectors(random: Random, count: number): ByteRange {
  const startBytes = random.below(diskSizeBytes / 4096) * 4096;
  return { startBytes, endBytes: startBytes + count * 4096 };
}
