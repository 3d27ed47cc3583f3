import { readFile, rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { type DiskEvent, faultyDisk } from '../support/faulty-disk.ts';
import { ignitionConfig } from '../support/fixture.ts';
import { bootFileSystem, unexpectedDifferences } from '../support/installed-disk.ts';
import { runInstaller } from '../support/installer.ts';
import { afterPowerLoss } from '../support/power-loss.ts';
import { diskSizeBytes, smallFixture, smallImage } from '../support/small-fixture.ts';
import { rounds } from './rounds.ts';

const mib = 1024 * 1024;
const sectorBytes = 512;
const secondRunEvery = 100;

/**
 * One installation over an older one, through the packaged program, on a disk that records every
 * write and flush; then the power goes, over and over, at any moment of it.
 */
test('wherever the power goes, the disk is the old one, does not boot, or is complete', async () => {
  await using it = await smallFixture();
  const older = await olderInstallation();
  const contentPath = `/dev/shm/older-${process.pid}.img`;
  await writeFile(contentPath, older);
  await using disk = await faultyDisk({ sizeBytes: diskSizeBytes, contentPath });
  await rm(contentPath);
  await execa('partx', ['--add', disk.path]);
  const { exitCode, stderr } = await runInstaller({
    args: ['-d', disk.path, '-i', it.ignitionUrl, '-b', it.imageUrl],
  });
  expect(exitCode, stderr).toBe(0);
  const events = await disk.events();
  const complete = await readFile(disk.path);
  expect(withAll(older, events).equals(complete)).toBe(true);
  expect(await unexpectedDifferences(it.imagePath, disk.path)).toEqual([]);
  const boot = await bootFileSystem(disk.path);
  expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);

  await rounds('power-loss', 60, async (random, seed) => {
    // Half of them near the end, where the tables are written.
    const first = random.chance(0.5) ? 0 : events.length - 12;
    const left = afterPowerLoss(older, events, random.between(first, events.length), random);
    const state = stateOf(left, older, complete);
    if (seed % secondRunEvery === 0) {
      await writeFile(it.disk.path, left);
      const again = await runInstaller({ args: it.args });
      expect(again.exitCode).toBe(0);
      expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    }
    return state;
  });
});

/** A disk that boots another system already. */
async function olderInstallation(): Promise<Buffer> {
  await using it = await smallFixture({ image: { ...smallImage, layout: 'today' } });
  const { exitCode, stderr } = await runInstaller({ args: it.args });
  expect(exitCode, stderr).toBe(0);
  return await readFile(it.disk.path);
}

/** Throws where anything of a table stands over what it does not belong to. */
function stateOf(disk: Buffer, before: Buffer, complete: Buffer): string {
  if (disk.equals(complete)) return 'complete';
  const bootSector = disk.subarray(0, sectorBytes).some((byte) => byte !== 0);
  const tables = Buffer.concat([disk.subarray(0, mib), disk.subarray(-mib)]);
  if (!bootSector && !tables.includes('EFI PART')) return 'no table';
  const partitions = (bytes: Buffer) => bytes.subarray(mib, -mib);
  if (partitions(disk).equals(partitions(before))) return 'as before, or its table half gone';
  if (partitions(disk).equals(partitions(complete)) && !bootSector)
    return 'all but the boot sector';
  throw new Error('a partition table stands over what it does not belong to');
}

function withAll(before: Buffer, events: readonly DiskEvent[]): Buffer {
  const disk = Buffer.from(before);
  for (const event of events) if (event.kind === 'write') event.bytes.copy(disk, event.offsetBytes);
  return disk;
}
