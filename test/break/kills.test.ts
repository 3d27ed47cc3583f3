import { open, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { makeDiskImage } from '../support/disk-image.ts';
import { bootFileSystem, sizeOf, unexpectedDifferences } from '../support/installed-disk.ts';
import { forgetPartitions } from '../support/partitions.ts';
import type { Random } from '../support/random.ts';
import { putOlderSystem, savedDiskBytes } from '../support/saved-disk.ts';
import { inWords, savedStateOf } from '../support/saved-oracle.ts';
import { smallFixture, smallImage } from '../support/small-fixture.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { rounds } from './rounds.ts';

const mib = 1024 * 1024;
const sectorBytes = 512;

/** What the program says as it begins each part of its work. */
const parts = [
  'Target device',
  'Checking',
  'Writing',
  'Configuring',
  'Making',
  'Installed',
] as const;
type Part = (typeof parts)[number];

/**
 * The packaged program is killed, again and again on the same disk, each time within a part of the
 * work that the seed chooses. Now and then a run is let through: it has to clear up everything.
 */
test('wherever it is killed, the disk does not boot or is complete, and a second run works', async () => {
  const configs = Object.fromEntries(
    Array.from({ length: configCount }, (_, index) => [`/config-${index}`, configNumber(index)]),
  );
  await using it = await smallFixture({ files: configs });
  await using stage = await openStage();
  const command = (config: number) => [...it.args, ...['-i', `${it.server.url}/config-${config}`]];
  const first = await timedRun(stage, command(0));
  expect(first.exitCode, first.stderr).toBe(0);
  let durations = first.durations;
  /** Which config is on the disk, and the disk's state, as far as is known. */
  let installed = 0;
  let before = await stateOf(it.imagePath, it.disk.path);
  expect(before).toBe('complete');

  const expectConfig = async (number: number) => {
    const boot = await bootFileSystem(it.disk.path);
    const written = await boot.read('ignition/config.ign');
    expect(written.toString()).toBe(configNumber(number).toString());
    expect(await boot.names('/')).toContain('ignition.firstboot');
    expect(await boot.clean()).toBe(true);
  };

  await rounds('kills', 5, async (random) => {
    const next = (installed + 1) % configCount;
    const { part, signal } = await killedRun(stage, command(next), durations, random);
    await stage.empty();
    const state = await stateOf(it.imagePath, it.disk.path);
    if (parts.indexOf(part) < parts.indexOf('Writing')) expect(state).toBe(before);
    if (state === 'complete') {
      // Only the commit leads to a complete disk; one that is complete before it is the old one.
      if (part === 'Installed' || (part === 'Making' && before !== 'complete')) installed = next;
      else if (part === 'Making') installed = await installedNow(it.disk.path);
      await expectConfig(installed);
    } else if (part === 'Installed') {
      throw new Error(`it says that it is done, and the disk has ${state}`);
    }
    before = state;

    if (random.chance(0.2)) {
      const again = await timedRun(stage, command((installed + 1) % configCount));
      expect(again.exitCode, again.stderr).toBe(0);
      durations = again.durations;
      installed = (installed + 1) % configCount;
      before = await stateOf(it.imagePath, it.disk.path);
      expect(before).toBe('complete');
      await expectConfig(installed);
      // Whoever else tests here must not see a second boot partition for long.
      await forgetPartitions(it.disk.path);
      const { files, mounts } = await stage.traces();
      expect(mounts).toEqual([]);
      expect(files.filter((name) => !known.has(name))).toEqual([]);
    }
    return `${signal === 'SIGKILL' ? `killed in “${part}”` : 'done before the kill'}: ${state}`;
  });
});

/** The same, next to two partitions that are saved. */
test('wherever it is killed, saved partitions keep every byte, in a table that all can read', async () => {
  await using it = await smallFixture({ diskSizeBytes: savedDiskBytes });
  const older = await makeDiskImage({ ...smallImage, layout: 'today' });
  const saved = await putOlderSystem(it.disk.path, older);
  await using stage = await openStage();
  const args = [...it.args, '--save-partlabel', 'data', '--save-partindex', '7'];
  const first = await timedRun(stage, args);
  expect(first.exitCode, first.stderr).toBe(0);
  let { durations } = first;
  const state = async (seed: number) =>
    await savedStateOf(it.imagePath, it.disk.path, saved, { byOthers: seed % 25 === 0 });
  const complete = { table: 'of a system', bootCode: true };
  expect(await state(0)).toEqual(complete);

  await rounds('kills', 5, async (random, seed) => {
    const { part, signal } = await killedRun(stage, args, durations, random);
    await stage.empty();
    const left = await state(seed);
    if (part === 'Installed') expect(left).toEqual(complete);
    if (random.chance(0.2)) {
      const again = await timedRun(stage, args);
      expect(again.exitCode, again.stderr).toBe(0);
      durations = again.durations;
      expect(await state(seed)).toEqual(complete);
      await forgetPartitions(it.disk.path);
    }
    return `${signal === 'SIGKILL' ? `killed in “${part}”` : 'done before the kill'}: ${inWords(left)}`;
  });
});

const configCount = 8;

async function installedNow(diskPath: string): Promise<number> {
  const config = await (await bootFileSystem(diskPath)).read('ignition/config.ign');
  return Number(/number(\d)/.exec(config.toString())?.[1]);
}

const known = new Set([
  ...['selected_dev', 'ignition_url', 'image_url'].map((name) => `/tmp/${name}`),
  ...['/run/cmdline', '/run/mount', '/run/coreos-installer'],
]);

const configNumber = (index: number) =>
  Buffer.from(`{"ignition":{"version":"3.0.0"},"passwd":{"users":[{"name":"number${index}"}]}}`);

type Durations = ReadonlyMap<Part, number>;

async function timedRun(stage: Stage, args: readonly string[]) {
  const startedMs = new Map<Part, number>();
  const onOutput = (text: string) => {
    for (const part of parts) {
      if (text.includes(part) && !startedMs.has(part)) startedMs.set(part, performance.now());
    }
  };
  const result = await stage.run(args, { onOutput });
  const endMs = performance.now();
  const starts = parts.map((part) => startedMs.get(part) ?? endMs);
  const durations: Durations = new Map(
    parts.map((part, index) => [part, (starts[index + 1] ?? endMs) - (starts[index] ?? endMs)]),
  );
  return { ...result, durations };
}

/** Kills the program within the part that was chosen; `part` is the one that it was in. */
async function killedRun(
  stage: Stage,
  args: readonly string[],
  durations: Durations,
  random: Random,
) {
  const chosen = random.pick(parts.slice(0, -1));
  const delayMs = random.fraction() * (durations.get(chosen) ?? 0);
  let timer: NodeJS.Timeout | undefined;
  const onOutput = (text: string, pid: number) => {
    if (text.includes(chosen)) timer ??= setTimeout(() => process.kill(pid, 'SIGKILL'), delayMs);
  };
  const result = await stage.run(args, { onOutput });
  clearTimeout(timer);
  const part = parts.findLast((name) => result.stdout.includes(name)) ?? 'Target device';
  // Whatever the kill before has left, this one was let in.
  if (result.signal !== 'SIGKILL') expect(result.exitCode, result.stderr).toBe(0);
  return { part, signal: result.signal };
}

/** Throws where a table stands on a disk that does not hold the whole image. */
async function stateOf(imagePath: string, diskPath: string): Promise<string> {
  await using disk = await open(diskPath);
  const sizeBytes = await sizeOf(diskPath);
  const head = (await disk.read(Buffer.alloc(mib), 0, mib, 0)).buffer;
  const tail = (await disk.read(Buffer.alloc(mib), 0, mib, sizeBytes - mib)).buffer;
  const bootSector = head.subarray(0, sectorBytes).some((byte) => byte !== 0);
  const anyTable = bootSector || head.includes('EFI PART') || tail.includes('EFI PART');
  if (!anyTable) return 'no table';
  if (bootSector) {
    expect(await unexpectedDifferences(imagePath, diskPath)).toEqual([]);
    return 'complete';
  }
  const image = await readFile(imagePath);
  const last = image.subarray(-4 * mib, -mib);
  const at = image.length - 4 * mib;
  const found = (await disk.read(Buffer.alloc(last.length), 0, last.length, at)).buffer;
  expect(found.equals(last)).toBe(true);
  return 'all but the boot sector';
}
