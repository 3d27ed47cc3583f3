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
  const outcome = await installHere(options, {});
  const { message } = outcome;
  const flushes = (await disk.events()).filter(({ kind }) => kind === 'flush').length;
  if (failingFlushes) {
    expect(message).toMatch(/^Cannot (write to|configure) \/dev\/loop\d+: .*\(?EIO[:)]/);
    expect(message).toContain(disk.path);
  }
  return { ...outcome, flushes, anyTable: await hasAnyTable(disk.path) };
}

/**
 * A disk that takes every write, and says of a flush that it has failed: nobody else will ever tell
 * that what was written is not there. One that fails within the kernel's file system alone is not
 * told to programs, so all fail from some time on, or one of the commit's.
 */
test('whenever a disk fails at flushes, the installation has failed', async () => {
  await using it = await smallFixture();
  const { flushes, ...good } = await install(it);
  expect(good).toEqual({ exitCode: 0, state: 'committed', message: '', anyTable: true });
  // What was not flushed is on this disk nevertheless, where on another one it is not.
  for (const from of [0, 2, Math.floor(flushes / 2), flushes - 1]) {
    const failed = await install(it, { from, count: 2 * flushes, code: 'EIO' });
    expect(failed, `from flush ${from} of ${flushes}`).toMatchObject({
      exitCode: 5,
      state: expect.stringMatching('no-table|unknown'),
    });
    if (from < flushes - 1) continue;
    // Nor could the table be taken away again for sure.
    expect(failed.state).toBe('unknown');
    expect(failed.message).toContain('its partition table could not be removed: flushing');
  }
  for (const from of [flushes - 2, flushes - 1]) {
    const failed = await install(it, { from, count: 1, code: 'EIO' });
    expect(failed, `flush ${from} of ${flushes}`).toMatchObject({
      ...{ exitCode: 5, state: 'no-table', anyTable: false },
    });
  }
});
