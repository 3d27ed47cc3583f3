import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeDiskImage } from '../../support/disk-image.ts';
import { type Fixture, ignitionConfig } from '../../support/fixture.ts';
import { bootFileSystem, tableOn, unexpectedDifferences } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { forgetPartitions } from '../../support/partitions.ts';
import {
  lostOf,
  putOlderSystem,
  type SavedData,
  savedDiskBytes,
  seenByOthers,
} from '../../support/saved-disk.ts';
import { bootsNothing } from '../../support/saved-oracle.ts';
import { smallFixture, smallImage } from '../../support/small-fixture.ts';
import { Terminal } from '../../support/terminal.ts';

const mib = 1024 * 1024;

let older: string;
let prepared: { readonly bytes: Buffer; readonly saved: readonly SavedData[] };

beforeAll(async () => {
  older = await makeDiskImage({ layout: 'today', ...smallImage });
  await using it = await smallFixture({ diskSizeBytes: savedDiskBytes });
  const saved = await putOlderSystem(it.disk.path, older);
  prepared = { bytes: await readFile(it.disk.path), saved };
});

/** An image of 2019 to be installed, and a disk with an older system and data. */
async function reinstallation(change?: (bytes: Buffer) => unknown): Promise<Fixture> {
  const it = await smallFixture({ diskSizeBytes: savedDiskBytes });
  const bytes = Buffer.from(prepared.bytes);
  change?.(bytes);
  await writeFile(it.disk.path, bytes);
  await execa('partx', ['--add', it.disk.path], { reject: false });
  return it;
}

const digestOf = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

const numbersOn = async (path: string) =>
  (await tableOn(path))?.partitions.map(({ number }) => number);

const allSee = (numbers: number[]) => ({
  ...{ sgdisk: numbers, sfdisk: numbers, libblkid: numbers, kernel: numbers },
});

const all = ['--save-partlabel', 'data', '--save-partlabel', 'lo*'];

describe('a reinstallation that saves partitions', () => {
  test('keeps their bytes and entries, and installs the whole image', async () => {
    await using it = await reinstallation();
    const { exitCode, stdout, stderr } = await runInstaller({ args: [...it.args, ...all] });
    expect(exitCode, stderr).toBe(0);
    expect(await lostOf(it.disk.path, prepared.saved)).toEqual([]);
    expect(await numbersOn(it.disk.path)).toEqual([1, 2, 3, 4, 5, 7]);
    const saved = prepared.saved;
    expect(await unexpectedDifferences(it.imagePath, it.disk.path, { saved })).toEqual([]);
    const boot = await bootFileSystem(it.disk.path);
    expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
    const bytes = await readFile(it.disk.path);
    expect(await seenByOthers(bytes)).toEqual(allSee([1, 2, 3, 4, 5, 7]));
    // The place of the second table has what the image has there.
    const image = await readFile(it.imagePath);
    expect(bytes.subarray(34 * 512, mib).equals(image.subarray(34 * 512, mib))).toBe(true);
    expect(stdout).toContain('5 "data" (ext4 "var", 4.0 MiB): kept (--save-partlabel data)');
    expect(stdout).toContain('7 "logs" (2.0 MiB): kept (--save-partlabel lo*)');
    expect(stdout).toContain('4 "root" (ext4 "root", 2.0 MiB): lost');
    expect(stdout).toContain('All data on it will be lost, except partitions that are kept.');
    // The kernel knows the new table, which has other partitions in the same places.
    expect(existsSync(`/sys/block/${it.disk.path.slice(5)}/${it.disk.path.slice(5)}p7`)).toBe(true);
  });

  test('wipes what is not saved, also where an old partition overlaps', async () => {
    await using it = await reinstallation();
    const { exitCode, stderr } = await runInstaller({
      args: [...it.args, '--save-partindex', '5', '--verify'],
    });
    expect(exitCode, stderr).toBe(0);
    const [data, logs] = prepared.saved;
    expect(await lostOf(it.disk.path, [data as SavedData])).toEqual([]);
    expect(await numbersOn(it.disk.path)).toEqual([1, 2, 3, 4, 5]);
    const bytes = await readFile(it.disk.path);
    const former = bytes.subarray(logs?.startBytes, (logs?.startBytes ?? 0) + mib);
    expect(former.every((byte) => byte === 0)).toBe(true);
  });

  test('gives a partition another number where the image has its own', async () => {
    await using it = await reinstallation();
    await forgetPartitions(it.disk.path);
    await execa('sgdisk', ['--delete=4', '--transpose=4:7', it.disk.path]);
    // By their numbers in the new system: 6 is the one that is 4 now.
    const wiped = [4, 5, 6].map((number) => ({
      ...{ number, shouldExist: false, wipePartitionEntry: true },
    }));
    const disks = [{ device: '/dev/sda', partitions: wiped }];
    const config = { ignition: { version: '3.0.0' }, storage: { disks } };
    const args = [...it.args, '--save-partlabel', 'logs,data'];
    args[args.indexOf('-i') + 1] = '/tmp/config.ign';
    const { exitCode, stdout, stderr } = await runInstaller({
      args,
      tmpFiles: { 'config.ign': Buffer.from(JSON.stringify(config)) },
    });
    expect(exitCode, stderr).toBe(0);
    expect(await lostOf(it.disk.path, prepared.saved, { numbers: [[5, 6]] })).toEqual([]);
    expect(stdout).toContain('4 "logs" (2.0 MiB): kept as 6 (--save-partlabel logs)');
    expect(stderr).toContain('Partition 4 "logs"');
    const deleted = (number: number) =>
      `The Ignition config deletes partition ${number} of /dev/sda at the first boot`;
    expect(stderr).toContain(deleted(5));
    expect(stderr).toContain(deleted(6));
    expect(stderr).not.toContain(deleted(4));
    expect(stderr).toContain('the saved partition 6 "logs" is lost then.');
  });

  test.each<[string, (bytes: Buffer) => unknown]>([
    ['the header of the first table', (bytes) => bytes.fill(0xff, 512, 600)],
    ['the entries of the first table', (bytes) => bytes.fill(0xff, 1024, 2048)],
    ['the backup table', (bytes) => bytes.fill(0xff, bytes.length - 33 * 512)],
    ['the protective MBR', (bytes) => bytes.fill(0, 0, 512)],
  ])('works where the disk has lost %s', async (_, change) => {
    await using it = await reinstallation(change);
    const { exitCode, stderr } = await runInstaller({ args: [...it.args, ...all] });
    expect(exitCode, stderr).toBe(0);
    expect(await lostOf(it.disk.path, prepared.saved)).toEqual([]);
    const saved = prepared.saved;
    expect(await unexpectedDifferences(it.imagePath, it.disk.path, { saved })).toEqual([]);
  });

  test('works on a disk that has grown since its table was made', async () => {
    await using it = await smallFixture({ diskSizeBytes: savedDiskBytes + 3 * mib });
    await writeFile(it.disk.path, prepared.bytes);
    const { exitCode, stderr } = await runInstaller({ args: [...it.args, ...all] });
    expect(exitCode, stderr).toBe(0);
    expect(await lostOf(it.disk.path, prepared.saved)).toEqual([]);
    const bytes = await readFile(it.disk.path);
    // The former backup is gone, too.
    expect(bytes.subarray(savedDiskBytes - 512, savedDiskBytes).includes('EFI PART')).toBe(false);
  });

  test('works with sectors of 4096 bytes, and one partition up to the last sector', async () => {
    const image = { ...smallImage, sectorSizeBytes: 4096 as const };
    const sizeBytes = 24 * mib + 5 * 4096;
    await using it = await smallFixture({ image, sectorSizeBytes: 4096, diskSizeBytes: sizeBytes });
    const today = await makeDiskImage({ layout: 'today', ...image });
    const [data] = await putOlderSystem(it.disk.path, today, 4096);
    await execa('sgdisk', [
      '--delete=7',
      '--set-alignment=1',
      '--new=9:5120:6143',
      '--change-name=9:last',
      it.disk.path,
    ]);
    const args = [...it.args, '--save-partindex', '5-'];
    const { exitCode, stderr } = await runInstaller({ args });
    expect(exitCode, stderr).toBe(0);
    expect(await lostOf(it.disk.path, [data as SavedData], { sectorSizeBytes: 4096 })).toEqual([]);
    const table = await tableOn(it.disk.path);
    expect(table?.partitions.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 9]);
    expect(table?.partitions.at(-1)?.lastLba).toBe(sizeBytes / 4096 - 6);
  });
});

describe('a failure', () => {
  test('leaves a table with the saved partitions only, and the same command works then', async () => {
    await using it = await reinstallation();
    const served = await readFile(it.servedPath);
    served[served.length - 5000] = (served[served.length - 5000] ?? 0) ^ 0xff;
    await writeFile(`${it.disk.backingFile}.bad`, served);
    const bad = ['-d', it.disk.path, '-i', it.ignitionUrl, '-b', `${it.disk.backingFile}.bad`];
    const { exitCode, diskState, stderr } = await runInstaller({ args: [...bad, ...all] });
    expect(exitCode, stderr).toBe(4);
    expect(diskState).toBe(
      `${it.disk.path} has only its saved partitions 5 "data", 7 "logs", and will not boot; run the same command again.`,
    );
    expect(stderr).toMatch(/^Try: .* --save-partlabel data --save-partlabel 'lo\*'/m);
    expect(await lostOf(it.disk.path, prepared.saved)).toEqual([]);
    const bytes = await readFile(it.disk.path);
    expect(bytes.subarray(0, 440).equals(bootsNothing)).toBe(true);
    expect(await seenByOthers(bytes)).toEqual(allSee([5, 7]));
    // The kernel knows the saved ones again, and not those that are gone.
    const name = it.disk.path.slice(5);
    expect(existsSync(`/sys/block/${name}/${name}p5`)).toBe(true);
    expect(existsSync(`/sys/block/${name}/${name}p4`)).toBe(false);

    const again = await runInstaller({ args: [...it.args, ...all] });
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await lostOf(it.disk.path, prepared.saved)).toEqual([]);
    const saved = prepared.saved;
    expect(await unexpectedDifferences(it.imagePath, it.disk.path, { saved })).toEqual([]);
  });

  test('is what data of the image in the place of a saved partition leads to; zeros do not', async () => {
    await using it = await reinstallation();
    const disk = ['-d', it.disk.path, '-i', 'skip', '-b', 'file:///tmp/image.raw', ...all];
    const padded = Buffer.alloc(17 * mib);
    padded.set(await readFile(it.imagePath));
    const fits = await runInstaller({ args: disk, tmpFiles: { 'image.raw': padded } });
    expect(fits.exitCode, fits.stderr).toBe(0);
    expect(fits.stderr).toContain('if the image has data there, the installation fails.');
    padded.write('x', padded.length - 1);
    const large = await runInstaller({ args: disk, tmpFiles: { 'image.raw': padded } });
    expect([large.code, large.exitCode], large.stderr).toEqual(['saved-partitions-no-room', 3]);
    expect(large.stderr).toContain('Use a smaller image, or move the partition.');
    expect(await lostOf(it.disk.path, prepared.saved)).toEqual([]);
  });

  test('of a run that finds a saved partition in use leaves all as it is', async () => {
    await using it = await reinstallation();
    const before = await digestOf(it.disk.path);
    await using _ = await open(`${it.disk.path}p5`);
    const { exitCode, code } = await runInstaller({ args: [...it.args, ...all] });
    expect({ exitCode, code }).toEqual({ exitCode: 3, code: 'target-in-use' });
    expect(await digestOf(it.disk.path)).toBe(before);
  });
});

describe('before anything is written', () => {
  const refused: [name: string, args: string[], code: string, exitCode: number][] = [
    [
      'a partition lies below the end of the image',
      ['--save-partlabel', 'root'],
      'saved-partitions-no-room',
      3,
    ],
    ['the ESP is to be saved', ['--save-partlabel', 'EFI-SYSTEM'], 'saved-partition-bootable', 3],
    ['a filter is none', ['--save-partlabel', 'x***'], 'invalid-partition-filter', 2],
  ];
  test.each(refused)('it is told that %s', async (_, more, code, exitCode) => {
    await using it = await reinstallation();
    const before = await digestOf(it.disk.path);
    const run = await runInstaller({ args: [...it.args, ...more] });
    expect([run.code, run.exitCode], run.stderr).toEqual([code, exitCode]);
    expect(await digestOf(it.disk.path)).toBe(before);
  });

  test('a dry run shows what is kept and what is lost, and writes nothing', async () => {
    await using it = await reinstallation();
    const before = await digestOf(it.disk.path);
    const args = [...it.args, ...all, '--dry-run'];
    const text = await runInstaller({ args });
    expect(text.stdout).toMatch(/^Partitions: +1 "BIOS-BOOT"/m);
    const json = await runInstaller({ args: [...args, '--json'] });
    const { target } = JSON.parse(json.stdout);
    expect(target.kept).toMatchObject([
      { number: 5, newNumber: 5, label: 'data', savedBy: '--save-partlabel data' },
      { number: 7, newNumber: 7, label: 'logs', savedBy: '--save-partlabel lo*' },
    ]);
    const lost = target.willBeLost.partitions.map(({ number }: { number: number }) => number);
    expect(lost).toEqual([1, 2, 3, 4]);
    expect(await digestOf(it.disk.path)).toBe(before);
  });

  test('data that will be lost is told where no partition is saved', async () => {
    await using it = await reinstallation();
    const { stderr } = await runInstaller({ args: [...it.args, '--dry-run'] });
    expect(stderr).toContain(
      `Warning: Partition 5 "data" of ${it.disk.path} (ext4 "var", 4.0 MiB) will be lost. --save-partlabel data keeps it.`,
    );
    // Neither the old system's own partitions nor one without a file system.
    expect(stderr).not.toMatch(/"root"|"logs"/);
  });

  test('a damaged table is refused with filters, and overwritten without', async () => {
    const damage = (bytes: Buffer) => {
      bytes.fill(0xff, 1024, 2048);
      bytes.fill(0xff, bytes.length - 33 * 512, bytes.length - 512);
    };
    await using it = await reinstallation(damage);
    const before = await digestOf(it.disk.path);
    const run = await runInstaller({ args: [...it.args, ...all] });
    expect([run.code, run.exitCode], run.stderr).toEqual(['saved-partition-table-unusable', 3]);
    expect(await digestOf(it.disk.path)).toBe(before);
    expect((await runInstaller({ args: it.args })).exitCode).toBe(0);
  });

  test('a disk that was given to a file system as a whole is refused with filters', async () => {
    await using it = await reinstallation((bytes) => bytes.fill(0, 0, 64 * 1024));
    await execa('mkswap', ['-q', it.disk.path]);
    const before = await digestOf(it.disk.path);
    const run = await runInstaller({ args: [...it.args, ...all] });
    expect([run.code, run.exitCode], run.stderr).toEqual(['saved-partition-table-unusable', 3]);
    expect(run.stderr).toContain('it has a file system on the whole disk (swap)');
    expect(await digestOf(it.disk.path)).toBe(before);
    // Without them no partition of that time is told to be lost.
    const { stderr } = await runInstaller({ args: [...it.args, '--dry-run'] });
    expect(stderr).not.toContain('will be lost. ');
  });

  test('a table of which only the backup is left keeps its partitions, with a warning', async () => {
    await using it = await reinstallation((bytes) => bytes.fill(0, 512, 1024));
    const { exitCode, stderr } = await runInstaller({ args: [...it.args, ...all] });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(
      `Warning: The first copy of the partition table of ${it.disk.path} cannot be used (it has been overwritten), and the backup`,
    );
    expect(await lostOf(it.disk.path, prepared.saved)).toEqual([]);
  });

  test('an empty disk is installed to, with a warning', async () => {
    await using it = await smallFixture();
    const { exitCode, stderr } = await runInstaller({ args: [...it.args, ...all] });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('Warning: Nothing on');
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  });
});

describe('in the dialogue', () => {
  test('the confirmation names what stays', async () => {
    await using it = await reinstallation();
    const name = it.disk.path.slice(5);
    await using terminal = await Terminal.start({
      args: ['-d', name, '-i', 'skip', '--save-partlabel', 'data'],
    });
    await terminal.waitFor('Image (URL or path):');
    terminal.type(`${it.imageUrl}\r`);
    await terminal.waitFor(
      `Type ${name} to overwrite ${it.disk.path} except partition 5 "data" (Ctrl-C to quit):`,
    );
    terminal.type(`${name}\r`);
    expect(await terminal.exitCode()).toBe(0);
    expect(await lostOf(it.disk.path, prepared.saved.slice(0, 1))).toEqual([]);
  });
});

test('a table that was changed while the plan was read is left alone', async () => {
  await using it = await reinstallation();
  const name = it.disk.path.slice(5);
  await using terminal = await Terminal.start({
    args: ['-d', name, '-i', 'skip', '--save-partlabel', 'data'],
  });
  await terminal.waitFor('Image (URL or path):');
  terminal.type(`${it.imageUrl}\r`);
  await terminal.waitFor('except partition 5 "data"');
  await execa('sgdisk', ['--change-name=5:other', it.disk.path], { reject: false });
  const before = await digestOf(it.disk.path);
  terminal.type(`${name}\r`);
  expect(await terminal.exitCode()).toBe(3);
  expect(terminal.text().replaceAll('\n', '')).toContain('[saved-partition-table-changed]');
  expect(await digestOf(it.disk.path)).toBe(before);
});

test('devices shows the labels, and what could be kept', async () => {
  await using it = await reinstallation();
  const { stdout } = await runInstaller({ args: ['devices'] });
  const own = stdout.split(/^(?=\/dev\/)/m).find((text) => text.startsWith(`${it.disk.path}:`));
  expect(own).toContain('5 ext4 "var" (4.0 MiB, label "data")');
  expect(own?.match(/^ {2}data: .*$/gm)).toEqual([
    '  data:  5 "data" – to keep it: --save-partlabel data',
  ]);
});

describe('the filters', () => {
  test.each<[string, Parameters<typeof runInstaller>[0]]>([
    [
      'as kernel arguments',
      { cmdline: 'coreos.inst.save_partlabel=da* coreos.inst.save_partindex=7-' },
    ],
    ['in files', { tmpFiles: { save_partlabel: 'data\nlogs\n' } }],
  ])('can be given %s', async (_, run) => {
    await using it = await reinstallation();
    const { exitCode, stderr } = await runInstaller({ ...run, args: it.args });
    expect(exitCode, stderr).toBe(0);
    expect(await lostOf(it.disk.path, prepared.saved)).toEqual([]);
  });

  test('stay in /tmp for a second run', async () => {
    await using it = await reinstallation();
    const { tmpFiles } = await runInstaller({
      args: [...it.args, ...all, '--save-partindex', '-0'],
    });
    expect(tmpFiles['save_partlabel']).toBeUndefined();
    const run = await runInstaller({ args: [...it.args, ...all, '--save-partindex', '9-'] });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.tmpFiles).toMatchObject({ save_partlabel: 'data,lo*\n', save_partindex: '9-\n' });
  });

  test('work after the word install, and in its config files', async () => {
    await using it = await reinstallation();
    await writeFile(`${it.disk.backingFile}.yaml`, 'save-partlabel: [data]\nsave-partindex: 7\n');
    const { exitCode, stdout, stderr } = await runInstaller({
      args: [
        ...['install', it.disk.path, '-u', it.imageUrl, '--insecure', '-I', it.ignitionUrl],
        ...['--insecure-ignition', '-c', `${it.disk.backingFile}.yaml`],
      ],
    });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`: kept (${it.disk.backingFile}.yaml:2 7)`);
    expect(await lostOf(it.disk.path, prepared.saved)).toEqual([]);
  });

  test('of an option, the kernel and a config file of the medium add up', async () => {
    await using it = await reinstallation();
    const { exitCode, stdout, stderr } = await runInstaller({
      args: [...it.args, '--save-partlabel', 'data', '--dry-run'],
      cmdline: 'coreos.inst.save_partindex=9-',
      mediumConfigs: { 'site.yaml': 'save-partlabel: logs\ninsecure: true\n' },
    });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).not.toContain('overrides');
    expect(stdout).toContain(': kept (--save-partlabel data)');
    expect(stdout).toContain(': kept (/etc/coreos/installer.d/site.yaml:1 logs)');
    expect(stderr).toContain('fits coreos.inst.save_partindex=9-.');
  });
});
