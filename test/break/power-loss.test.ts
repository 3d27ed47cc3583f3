import { readFile, rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { makeDiskImage } from '../support/disk-image.ts';
import { type DiskEvent, faultyDisk } from '../support/faulty-disk.ts';
import { ignitionConfig } from '../support/fixture.ts';
import { installHere } from '../support/install-here.ts';
import { bootFileSystem, hasAnyTable, unexpectedDifferences } from '../support/installed-disk.ts';
import { runInstaller } from '../support/installer.ts';
import { afterPowerLoss, worstPowerLosses } from '../support/power-loss.ts';
import { putOlderSystem, savedDiskBytes } from '../support/saved-disk.ts';
import { inWords, savedState, savedStateOf, wholeDisk } from '../support/saved-oracle.ts';
import { startServer } from '../support/servers.ts';
import { diskSizeBytes, smallFixture, smallImage } from '../support/small-fixture.ts';
import { rounds } from './rounds.ts';

const mib = 1024 * 1024;
const sectorBytes = 512;
const secondRunEvery = 100;
const seenEvery = 25;
const olderImage = { ...smallImage, layout: 'today' } as const;

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

  // Whatever the seeds of the rounds are, each moment is looked at once.
  for (const { disk: left, count, kept } of worstPowerLosses(older, events)) {
    const state = () => stateOf(left, older, complete);
    expect(state, `after ${count} of ${events.length}, with ${kept} since the flush`).not.toThrow();
  }

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

/** The same, over an older system next to two partitions that are saved. */
test('wherever the power goes, saved partitions keep every byte, in a table that all can read', async () => {
  await using it = await smallFixture({ diskSizeBytes: savedDiskBytes });
  const saved = await putOlderSystem(it.disk.path, await makeDiskImage(olderImage));
  const older = await wholeDisk(it.disk.path);
  const contentPath = `/dev/shm/saved-${process.pid}.img`;
  await writeFile(contentPath, older);
  await using disk = await faultyDisk({ sizeBytes: savedDiskBytes, contentPath });
  await rm(contentPath);
  await execa('partx', ['--add', disk.path]);
  const options = ['--save-partlabel', 'data', '--save-partindex', '7'];
  const { exitCode, stderr } = await runInstaller({
    args: ['-d', disk.path, '-i', it.ignitionUrl, '-b', it.imageUrl, ...options],
  });
  expect(exitCode, stderr).toBe(0);
  const events = await disk.events();
  const complete = await wholeDisk(disk.path);
  expect(withAll(older, events).equals(complete)).toBe(true);
  expect(await unexpectedDifferences(it.imagePath, disk.path, { saved })).toEqual([]);

  const stateNow = async (left: Buffer, byOthers: boolean) => {
    const state = await savedState(left, saved, { byOthers });
    const partitions = left.subarray(mib, saved[0]?.startBytes);
    const isOf = (whole: Buffer) => partitions.equals(whole.subarray(mib, saved[0]?.startBytes));
    if (state.table === 'of a system') {
      const [name] = [older, complete].filter(isOf).map((one) => (one === older ? 'old' : 'new'));
      if (name === undefined) throw new Error('a table of a system, but no complete system');
      return `${inWords(state)}, ${name}`;
    }
    if (state.bootCode && !isOf(complete)) throw new Error('boot code before a half image');
    return inWords(state);
  };
  const states = new Set<string>();
  for (const { disk: left, count, kept } of worstPowerLosses(older, events)) {
    const when = `after ${count} of ${events.length}, with ${kept} since the flush`;
    const state = await stateNow(left, false).catch((error: Error) => `${error.message}, ${when}`);
    states.add(state);
  }
  // Each was seen, and no other.
  expect([...states].toSorted()).toEqual([
    'table of a system, boot code, new',
    'table of a system, boot code, old',
    'table of a system, no boot code, old',
    'table saved only, boot code',
    'table saved only, no boot code',
  ]);

  await rounds('power-loss', 60, async (random, seed) => {
    // Half of them where the tables are written: the first events and the last.
    const near = random.pick([() => random.below(14), () => events.length - random.below(16)]);
    const count = random.chance(0.5) ? near() : random.between(0, events.length);
    const left = afterPowerLoss(older, events, count, random);
    const state = await stateNow(left, seed % seenEvery === 0);
    if (seed % secondRunEvery === 0) {
      await writeFile(it.disk.path, left);
      const again = await runInstaller({ args: [...it.args, ...options] });
      expect(again.exitCode, again.stderr).toBe(0);
      expect(await savedStateOf(it.imagePath, it.disk.path, saved, { byOthers: true })).toEqual({
        table: 'of a system',
        bootCode: true,
      });
    }
    return state;
  });
});

/**
 * The table that is put on the disk is refused by sgdisk at the very end, and is taken away again.
 * It is whole, or none that anything boots from, at each moment of that.
 */
test('wherever the power goes while a table is withdrawn, no half of it can be booted from', async () => {
  await using it = await smallFixture();
  await using server = await startServer({ files: { '/hybrid': await hybridImage(it.imagePath) } });
  await using disk = await faultyDisk({ sizeBytes: diskSizeBytes });
  const before = await readFile(disk.path);
  const options = { device: disk.path, imageUrl: `${server.url}/hybrid`, ignitionUrl: 'skip' };
  const outcome = await installHere(options, {});
  expect(outcome.message).toContain('its new partition table is invalid (sgdisk: ');
  expect(outcome).toMatchObject({ exitCode: 5, state: 'no-table' });
  expect(await hasAnyTable(disk.path)).toBe(false);

  const events = await disk.events();
  const states = new Map<string, number>();
  const firstOfCommit = events.findLastIndex(
    (event) => event.kind === 'write' && event.bytes.includes('EFI PART'),
  );
  for (const { disk: left, count, kept } of worstPowerLosses(before, events, firstOfCommit)) {
    const bootSector = left.subarray(0, sectorBytes).some((byte) => byte !== 0);
    const tables = [left.subarray(sectorBytes, mib), left.subarray(-33 * sectorBytes)];
    const whole = tables.filter((bytes) => bytes.includes('EFI PART')).length;
    const state = bootSector ? `boot sector and ${whole} tables` : 'no boot sector';
    states.set(state, (states.get(state) ?? 0) + 1);
    const when = `after ${count} of ${events.length}, with ${kept} since the flush`;
    expect(['no boot sector', 'boot sector and 2 tables'], when).toContain(state);
  }
  // Both were there to be seen.
  expect(states.size).toBe(2);
});

/** The same next to saved partitions: the table with them alone comes back. */
test('wherever the power goes while a table is withdrawn, saved partitions are in one', async () => {
  await using it = await smallFixture({ diskSizeBytes: savedDiskBytes });
  const saved = await putOlderSystem(it.disk.path, await makeDiskImage(olderImage));
  const contentPath = `/dev/shm/withdrawn-${process.pid}.img`;
  const before = await wholeDisk(it.disk.path);
  await writeFile(contentPath, before);
  await using server = await startServer({ files: { '/hybrid': await hybridImage(it.imagePath) } });
  await using disk = await faultyDisk({ sizeBytes: savedDiskBytes, contentPath });
  await rm(contentPath);
  const outcome = await installHere(
    {
      ...{ device: disk.path, imageUrl: `${server.url}/hybrid`, ignitionUrl: 'skip' },
      savePartlabel: 'data,logs',
    },
    {},
  );
  expect(outcome.message).toContain('its new partition table is invalid (sgdisk: ');
  expect(outcome).toMatchObject({ exitCode: 5, state: 'saved-only' });
  const after = await wholeDisk(disk.path);
  expect(await savedState(after, saved, { byOthers: true })).toEqual({
    table: 'saved only',
    bootCode: false,
  });
  const events = await disk.events();
  // The last flush of the image; all that is written later is tables.
  const tables = events.findLastIndex(
    (event) => event.kind === 'write' && event.offsetBytes >= mib && event.offsetBytes < 16 * mib,
  );
  const states = new Set<string>();
  for (const { disk: left, count, kept } of worstPowerLosses(before, events, tables + 1)) {
    const when = `after ${count} of ${events.length}, with ${kept} since the flush`;
    const state = await savedState(left, saved).catch((error: Error) => error.message + when);
    states.add(typeof state === 'string' ? state : inWords(state));
    const end = saved[0]?.startBytes;
    expect(left.subarray(mib, end).equals(after.subarray(mib, end)), when).toBe(true);
  }
  expect([...states].toSorted()).toEqual([
    'table of a system, boot code',
    'table saved only, boot code',
    'table saved only, no boot code',
  ]);
});

/** With a table that is good to the installer, and not to sgdisk. */
async function hybridImage(path: string): Promise<Buffer> {
  const image = await readFile(path);
  // A hybrid table, for a partition that the GPT does not have.
  image[446 + 16 + 4] = 0x83;
  image.writeUInt32LE(5000, 446 + 16 + 8);
  image.writeUInt32LE(77, 446 + 16 + 12);
  return image;
}

/** A disk that boots another system already. */
async function olderInstallation(): Promise<Buffer> {
  await using it = await smallFixture({ image: olderImage });
  const { exitCode, stderr } = await runInstaller({ args: it.args });
  expect(exitCode, stderr).toBe(0);
  return await readFile(it.disk.path);
}

/** Throws where anything of a table stands over what it does not belong to. */
function stateOf(disk: Buffer, before: Buffer, complete: Buffer): string {
  if (disk.equals(complete)) return 'complete';
  // Partitions of an MBR count for nobody without its signature.
  const bootCode = disk.subarray(0, 440).some((byte) => byte !== 0);
  const bootSector = bootCode || disk.readUInt16LE(sectorBytes - 2) !== 0;
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
