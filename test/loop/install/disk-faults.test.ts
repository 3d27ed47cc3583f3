import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { expectFailure } from '../../support/failure.ts';
import { faultyDisk } from '../../support/faulty-disk.ts';
import { fixture } from '../../support/fixture.ts';
import { hasAnyTable } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { loopDevice } from '../../support/loop-device.ts';

const mib = 1024 * 1024;

test('a disk that stops taking bytes is named with the place, and does not boot', async () => {
  await using it = await fixture();
  const directory = await mkdtemp('/var/tmp/small-');
  try {
    // A sparse file that claims more than its file system holds: writes past that fail for real.
    await execa('mount', ['-t', 'tmpfs', '-o', `size=${13 * mib}`, 'tmpfs', directory]);
    try {
      const backingFile = join(directory, 'disk.img');
      await using file = await open(backingFile, 'w');
      await file.truncate(48 * mib);
      await using disk = await loopDevice({ backingFile, sizeBytes: 48 * mib });
      const result = await runInstaller({ args: ['-d', disk.path, ...it.args.slice(2)] });
      expect(result.stderr).toMatch(/writing \d+ bytes at byte \d+/);
      expect(result.stderr).toContain(disk.path);
      expectFailure(result, 'disk-write-failed');
      expect(result.diskState).toContain('will not boot');
      expect(await hasAnyTable(disk.path)).toBe(false);
    } finally {
      await execa('umount', [directory]);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('of a disk that refuses the first write it is not said that its old table is gone', async () => {
  await using it = await fixture();
  await using disk = await faultyDisk({
    sizeBytes: 48 * mib,
    contentPath: it.imagePath,
    failsAfterBytes: 0,
  });
  const result = await runInstaller({ args: ['-d', disk.path, ...it.args.slice(2)] });
  expectFailure(result, 'disk-io-error');
  expect(await hasAnyTable(disk.path)).toBe(true);
  expect(result.diskState).toBe(
    `${disk.path} may have a partition table and must not be booted from; run the same command again.`,
  );
});
