import { expect, test } from 'vitest';
import { type FaultyDiskOptions, faultyDisk } from '../../support/faulty-disk.ts';
import type { Fixture } from '../../support/fixture.ts';
import { installHere } from '../../support/install-here.ts';
import { hasAnyTable, unexpectedDifferences } from '../../support/installed-disk.ts';
import { diskSizeBytes, smallFixture } from '../../support/small-fixture.ts';

type Flushes = FaultyDiskOptions['failingFlushes'];

async function install(it: Fixture, failingFlushes?: Flushes) {
  await using disk = await faultyDisk({
    sizeBytes: diskSizeBytes,
    ...(failingFlushes && { failingFlushes }),
  });
  const options = { device: disk.path, imageUrl: it.imageUrl, ignitionUrl: it.ignitionUrl };
  const outcome = await installHere(options, {});
  const flushes = (await disk.events()).filter(({ kind }) => kind === 'flush').length;
  const differences =
    outcome.exitCode === 0 ? await unexpectedDifferences(it.imagePath, disk.path) : [];
  return { ...outcome, flushes, differences, anyTable: await hasAnyTable(disk.path) };
}

test('whichever flush fails', async () => {
  await using it = await smallFixture();
  const good = await install(it);
  console.log(good);
  for (let from = 0; from < good.flushes; from++) {
    console.log(from, await install(it, { from, count: 1, code: 'EIO' }));
  }
}, 600_000);
