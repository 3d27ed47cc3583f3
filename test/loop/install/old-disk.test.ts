import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { makeDiskImage } from '../../support/disk-image.ts';
import { type Fixture, fixture, ignitionConfig } from '../../support/fixture.ts';
import { bootFileSystem, tableOn, unexpectedDifferences } from '../../support/installed-disk.ts';
import { type InstallerResult, runInstaller } from '../../support/installer.ts';
import { changeBoot, leaveDirtyJournal } from '../../support/old-boot.ts';

const warning = /already holds an installation with this Ignition config/;
/** A run that waits for what an old disk holds waits for ever. */
const patienceSeconds = 60;

/** A disk that holds an older installation, with a config of its own on its boot file system. */
async function oldDisk(): Promise<Fixture> {
  const files = { 'ignition/config.ign': ignitionConfig };
  const it = await fixture({ image: { files } });
  await writeFile(it.disk.path, await readFile(it.imagePath));
  await execa('partx', ['--add', it.disk.path]);
  return it;
}

const digestOf = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

async function installOver(it: Fixture, ...more: string[]): Promise<InstallerResult> {
  const wrapper = ['timeout', '--signal=KILL', String(patienceSeconds)];
  return await runInstaller({ args: [...it.args, ...more], wrapper });
}

describe('an old boot file system with a dirty journal', () => {
  test('is looked into by a dry run, and keeps each byte', async () => {
    await using it = await oldDisk();
    await leaveDirtyJournal(it.disk.path);
    const before = await digestOf(it.disk.path);
    const dry = await installOver(it, '--dry-run');
    expect(dry.exitCode, dry.stderr).toBe(0);
    expect(dry.stderr).toMatch(warning);
    expect(await digestOf(it.disk.path)).toBe(before);
  });

  test('keeps each byte when the run ends before it writes', async () => {
    await using it = await oldDisk();
    await leaveDirtyJournal(it.disk.path);
    const before = await digestOf(it.disk.path);
    const digest = `sha256:${'0'.repeat(64)}`;
    const refused = await installOver(it, '--ignition-hash', digest);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.diskState).toBe(`Nothing was written to ${it.disk.path}.`);
    expect(await digestOf(it.disk.path)).toBe(before);
  });

  test('is overwritten, and nothing of it is replayed', async () => {
    await using it = await oldDisk();
    await leaveDirtyJournal(it.disk.path);
    const { exitCode, stderr } = await installOver(it);
    expect(exitCode, stderr).toBe(0);
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    expect(await (await bootFileSystem(it.disk.path)).clean()).toBe(true);
  });
});

describe('what stands where the config of an old installation would', () => {
  /** Outside the old file system, and just what its config would have to be. */
  async function outside(): Promise<AsyncDisposable & { readonly path: string }> {
    const path = await mkdtemp('/srv/coreos-installer-outside-');
    await writeFile(join(path, 'config.ign'), ignitionConfig);
    // A file that is read is so at another time.
    await utimes(join(path, 'config.ign'), 1, 1);
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
  }

  const config = 'ignition/config.ign';
  const gone = [`rm ${config}`];
  test.each<[string, (outside: string) => string[]]>([
    ['a fifo', () => [...gone, 'cd ignition', 'mknod config.ign p']],
    ['a device of zeros', () => [...gone, 'cd ignition', 'mknod config.ign c 1 5']],
    ['a disk', () => [...gone, 'cd ignition', 'mknod config.ign b 7 0']],
    ['a directory', () => [...gone, `mkdir ${config}`]],
    ['a link out of the file system', (at) => [...gone, `symlink ${config} ${at}/config.ign`]],
    ['a directory out of it', (at) => [...gone, 'rmdir ignition', `symlink ignition ${at}`]],
    ['a link to itself', () => [...gone, `symlink ${config} config.ign`]],
    ['a fifo as the directory', () => [...gone, 'rmdir ignition', 'mknod ignition p']],
    ['a huge file', () => [`set_inode_field ${config} size 0xfffffff0000`]],
  ])('%s is not followed, and not waited for', async (_, requests) => {
    await using it = await oldDisk();
    await using at = await outside();
    await changeBoot(it.disk.path, ...requests(at.path));
    const dry = await installOver(it, '--dry-run');
    expect(dry.stderr).not.toMatch(warning);
    expect(dry.exitCode, dry.stderr).toBe(0);
    const { atimeMs } = await stat(join(at.path, 'config.ign'));
    expect(atimeMs).toBe(1000);
  });

  test('a file makes the run say so: this is where it looks', async () => {
    await using it = await oldDisk();
    await changeBoot(it.disk.path, 'mknod ignition.firstboot p');
    const dry = await installOver(it, '--dry-run');
    expect(dry.stderr).toMatch(warning);
    expect(dry.exitCode, dry.stderr).toBe(0);
  });
});

async function twoBoots(): Promise<Buffer> {
  const directory = await mkdtemp('/var/tmp/coreos-installer-two-');
  try {
    const path = join(directory, 'image');
    await copyFile(await makeDiskImage({ layout: '2019' }), path);
    const root = (await tableOn(path))?.partitions.find(({ name }) => name === 'root');
    const place = `${path}?offset=${root?.offsetBytes}`;
    await execa('debugfs', ['-w', '-R', 'set_super_value volume_name boot', place]);
    return gzipSync(await readFile(path));
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe('an image with two file systems labelled boot', () => {
  test('is refused, for nobody knows which of them is read', async () => {
    await using it = await fixture({ files: { '/two': await twoBoots() } });
    const { exitCode, stderr, diskState } = await installOver(it, '-b', `${it.server.url}/two`);
    expect(stderr).toContain(
      'the image has two file systems labelled boot (partitions 1 and 4). Use a Fedora CoreOS',
    );
    expect(exitCode).toBe(4);
    expect(diskState).toContain('has no partition table and will not boot');
  });
});
