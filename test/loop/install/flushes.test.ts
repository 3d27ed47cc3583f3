import { expect, test } from 'vitest';
import { type FaultyDiskOptions, faultyDisk } from '../../support/faulty-disk.ts';
import type { Fixture } from '../../support/fixture.ts';
import { installHere } from '../../support/install-here.ts';
import { hasAnyTable } from '../../support/installed-disk.ts';
import { diskSizeBytes, smallFixture } from '../../support/small-fixture.ts';

type Flushes = FaultyDiskOptions['failingFlushes'];

async function install(it: Fixture, failingFlushes?: Flushes) {
  await using disk = await faultyDisk({
    sizeBytes: diskSizeBytes,
    ...(failingFlushes && { failingFlushes }),
  });
  const options = { device: disk.path, imageUrl: it.imageUrl, ignitionUrl: it.ignitionUrl };
  const { message, ...outcome } = await installHere(options, {});
  const flushes = (await disk.events()).filter(({ kind }) => kind === 'flush').length;
  if (failingFlushes) {
    expect(message).toContain(
      `Cannot write to ${disk.path}: bringing what was written onto it failed, the device reports an input/output error (EIO). Check the disk`,
    );
  }
  return { ...outcome, flushes, anyTable: await hasAnyTable(disk.path) };
}

/**
 * A disk that takes every write, and says of a flush that it has failed: nobody else will ever tell
 * that what was written is not there. One that fails within the kernel's file system is not told to
 * programs, so here all fail from some time on.
 */
test('whenever a disk begins to fail at flushes, the installation has failed', async () => {
  await using it = await smallFixture();
  const { flushes, ...good } = await install(it);
  expect(good).toEqual({ exitCode: 0, state: 'committed', anyTable: true });
  for (const from of [0, 2, Math.floor(flushes / 2), flushes - 1]) {
    const failed = await install(it, { from, count: flushes, code: 'EIO' });
    expect(failed, `from flush ${from} of ${flushes}`).toMatchObject({ exitCode: 5 });
    // What was not flushed is on this disk nevertheless; on another one it may not be.
    expect(['no-table', 'unknown']).toContain(failed.state);
  }
});

test.each([
  ['the last', 1],
  ['the one before', 2],
])('%s flush of all fails, and the table is taken away again', async (_, fromTheEnd) => {
  await using it = await smallFixture();
  const { flushes } = await install(it);
  const only = { from: flushes - fromTheEnd, count: 1, code: 'EIO' } as const;
  const failed = await install(it, only);
  expect(failed).toMatchObject({ exitCode: 5, state: 'no-table', anyTable: false });
});
