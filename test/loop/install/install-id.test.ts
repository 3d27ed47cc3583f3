import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { makeDiskImage } from '../../support/disk-image.ts';
import { expectFailure } from '../../support/failure.ts';
import { faultyDisk } from '../../support/faulty-disk.ts';
import { type Fixture, fixture } from '../../support/fixture.ts';
import {
  bootFileSystem,
  bootPartition,
  hasAnyTable,
  tableOn,
  unexpectedDifferences,
} from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { loopDevice } from '../../support/loop-device.ts';
import { notifyServer } from '../../support/notify-server.ts';
import { changeBoot } from '../../support/old-boot.ts';
import { makeRaidMember } from '../../support/raid-member.ts';
import { lostOf, putOlderSystem, savedDiskBytes } from '../../support/saved-disk.ts';
import { diskSizeBytes, smallFixture, smallImage } from '../../support/small-fixture.ts';

// Other tests run at the same time, on disks of the same machine.
const id: string = randomUUID();
const otherId: string = randomUUID();
const withId = ['--install-id', id];
const file = 'coreos-installer.id';

const digestOf = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

const idOn = async (it: Fixture) =>
  (await (await bootFileSystem(it.disk.path)).read(file)).toString();

/** A disk that has the installation with `id`. */
async function installed(more: readonly string[] = []): Promise<Fixture> {
  const it = await smallFixture();
  const { exitCode, stderr } = await runInstaller({ args: [...it.args, ...withId, ...more] });
  expect(exitCode, stderr).toBe(0);
  return it;
}

/** Of the host, for debugfs. */
async function writtenFile(content: string): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp('/srv/coreos-installer-id-');
  const path = join(directory, 'id');
  await writeFile(path, content);
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

async function overwrite(path: string, offsetBytes: number, bytes: Uint8Array): Promise<void> {
  await using disk = await open(path, 'r+');
  await disk.write(bytes, 0, bytes.length, offsetBytes);
  await disk.sync();
}

describe('the installation with this id', () => {
  test('leaves the id on the boot partition, and reports it', async () => {
    await using it = await smallFixture();
    await using server = await notifyServer();
    const more = ['--install-id', id.toUpperCase(), '--notify-url', server.url, '--verify'];
    const { exitCode, stdout } = await runInstaller({
      args: [...it.args, ...more, '--progress', 'json'],
    });
    expect(exitCode).toBe(0);
    expect(await idOn(it)).toBe(`${id}\n`);
    const boot = await bootFileSystem(it.disk.path);
    expect(await boot.mode(file)).toBe('0644');
    expect(await boot.owner(file)).toBe('0:0');
    expect(await boot.clean()).toBe(true);
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    const events = stdout.split('\n').map((line) => JSON.parse(line));
    for (const kind of ['plan', 'installed'])
      expect(events.find(({ event }) => event === kind)).toMatchObject({ installId: id });
    expect(server.notices).toMatchObject([{ body: { result: 'installed', installId: id } }]);
    expect(server.notices[0]?.body).not.toHaveProperty('alreadyInstalled');
  });

  test('is on the disk: nothing is fetched or written, and the notice is sent again', async () => {
    await using it = await installed();
    // As the first boot leaves it.
    await changeBoot(
      it.disk.path,
      'rm ignition/config.ign',
      'rmdir ignition',
      'rm ignition.firstboot',
    );
    await using server = await notifyServer();
    const before = await digestOf(it.disk.path);
    const dead = 'http://127.0.0.1:1';
    const result = await runInstaller({
      args: ['-d', it.disk.path, '--notify-url', server.url],
      cmdline: `coreos.inst.install_id=${id} coreos.inst.image_url=${dead}/image coreos.inst.ignition_url=${dead}/x.ign coreos.inst.retry_for=0`,
      wrapper: ['timeout', '--signal=KILL', '60'],
    });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout).toMatch(
      new RegExp(
        `^${it.disk.path} already holds the installation ${id}, made .* UTC: nothing was written\\.`,
        'm',
      ),
    );
    expect(await digestOf(it.disk.path)).toBe(before);
    expect(server.notices).toMatchObject([
      {
        body: {
          result: 'installed',
          installId: id,
          alreadyInstalled: true,
          installedAt: expect.stringMatching(/^\d{4}-.*Z$/),
          target: { path: it.disk.path },
        },
      },
    ]);
  });

  test('is found also where a stream would be looked up, and in JSON', async () => {
    await using it = await installed();
    const args = ['-d', it.disk.path, '-i', 'skip', '-s', 'stable', ...withId];
    const dead = ['--stream-base-url', 'http://127.0.0.1:1/', '--retry-for', '0'];
    const wrapper = ['timeout', '--signal=KILL', '60'];
    const run = async (...more: string[]) =>
      (await runInstaller({ args: [...args, ...dead, ...more], wrapper })).stdout;
    const events = (await run('--progress', 'json')).split('\n').map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({
      ...{ event: 'installed', alreadyInstalled: true, installId: id },
      target: { path: it.disk.path },
    });
    expect(JSON.parse(await run('--dry-run', '--json'))).toMatchObject({
      ...{ wouldInstall: false, alreadyInstalled: true, installId: id },
      target: { path: it.disk.path },
    });
    expect(await run('--dry-run')).toContain('already holds the installation');
  });

  test.each([
    ['another id', ['--install-id', otherId], `${otherId}\n`],
    ['no id', [], undefined],
  ])('with %s, the disk is installed again', async (_, more, left) => {
    await using it = await installed();
    const { exitCode, stdout, stderr } = await runInstaller({ args: [...it.args, ...more] });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('Installed in');
    const boot = await bootFileSystem(it.disk.path);
    expect((await boot.names('/')).includes(file)).toBe(left !== undefined);
    if (left !== undefined) expect(await idOn(it)).toBe(left);
  });
});

describe('what only looks like it', () => {
  test('an id that the image brings is not left', async () => {
    const files = { [file]: `${id}\n` };
    await using it = await fixture({ image: { files } });
    const { exitCode, stderr } = await runInstaller({ args: it.args });
    expect(exitCode, stderr).toBe(0);
    expect(await (await bootFileSystem(it.disk.path)).names('/')).not.toContain(file);
  });

  test('an installation that was interrupted before its last write is made again', async () => {
    await using it = await installed();
    await overwrite(it.disk.path, 0, Buffer.alloc(512));
    const { exitCode, stdout } = await runInstaller({ args: [...it.args, ...withId] });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Installed in');
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  });

  test('one that was killed half-way is made again', async () => {
    await using it = await installed();
    const args = [...it.args, '--install-id', otherId];
    let killed = false;
    const first = await runInstaller({
      args,
      onOutput: (text, pid) => {
        if (!killed && text.includes('Configuring')) killed = process.kill(pid, 'SIGKILL');
      },
    });
    expect(first.signal).toBe('SIGKILL');
    expect(await hasAnyTable(it.disk.path)).toBe(false);
    const again = await runInstaller({ args });
    expect(again.stdout).toContain('Installed in');
    expect(await idOn(it)).toBe(`${otherId}\n`);
  });

  test('a disk with its saved partitions only gets the installation', async () => {
    const older = await makeDiskImage({ layout: 'today', ...smallImage });
    await using it = await smallFixture({ diskSizeBytes: savedDiskBytes });
    await using content = await writtenFile(`${id}\n`);
    const saved = await putOlderSystem(it.disk.path, older);
    await execa('partx', ['--add', it.disk.path], { reject: false });
    const args = [...it.args, ...withId, '--save-partindex', '5,7'];
    let killed = false;
    const first = await runInstaller({
      args,
      onOutput: (text, pid) => {
        if (!killed && text.includes('Configuring')) killed = process.kill(pid, 'SIGKILL');
      },
    });
    expect(first.signal).toBe('SIGKILL');
    expect(await lostOf(it.disk.path, saved)).toEqual([]);
    // One of them could be taken for a boot partition with this id.
    const data = `${it.disk.path}?offset=${saved[0]?.startBytes}`;
    await execa('debugfs', ['-w', '-R', 'set_super_value volume_name boot', data]);
    await execa('debugfs', ['-w', '-R', `write ${content.path} ${file}`, data]);
    const again = await runInstaller({ args });
    expect(again.stdout, again.stderr).toContain('Installed in');
    expect(await idOn(it)).toBe(`${id}\n`);
    const third = await runInstaller({ args });
    expect(third.stdout).toContain('already holds the installation');
    expect(await lostOf(it.disk.path, saved.slice(1))).toEqual([]);
  });

  test('of a table whose first copy is damaged it is said, and nothing is written', async () => {
    await using it = await installed();
    await overwrite(it.disk.path, 512 + 16, Buffer.alloc(4, 0xff));
    const before = await digestOf(it.disk.path);
    const result = await runInstaller({ args: [...it.args, ...withId] });
    expectFailure(result, 'installation-damaged');
    expect(result.diskState).toBe(`Nothing was written to ${it.disk.path}.`);
    expect(await digestOf(it.disk.path)).toBe(before);
    const other = await runInstaller({ args: [...it.args, '--install-id', otherId] });
    expect(other.exitCode, other.stderr).toBe(0);
  });

  test('is found also on one half of a mirrored boot partition', async () => {
    await using it = await installed();
    const table = await tableOn(it.disk.path);
    if (table === undefined) throw new Error('no table');
    await makeRaidMember(it.disk.path, bootPartition(table));
    const { exitCode, stdout, stderr } = await runInstaller({ args: [...it.args, ...withId] });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('already holds the installation');
  });

  test('is found also where the image’s boot file system is ext2', async () => {
    await using it = await installed();
    const table = await tableOn(it.disk.path);
    if (table === undefined) throw new Error('no table');
    const { offsetBytes, sizeBytes } = bootPartition(table);
    const tree = await mkdtemp('/srv/coreos-installer-id-');
    try {
      await writeFile(join(tree, file), `${id}\n`);
      const made = `${tree}.ext2`;
      await execa('mkfs.ext2', ['-q', '-L', 'boot', '-d', tree, made, `${sizeBytes / 1024}k`]);
      await overwrite(it.disk.path, offsetBytes, await readFile(made));
      await rm(made);
    } finally {
      await rm(tree, { recursive: true });
    }
    const { exitCode, stdout, stderr } = await runInstaller({ args: [...it.args, ...withId] });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('already holds the installation');
  });

  test('is on another disk of the machine: it is refused, and neither is written to', async () => {
    await using it = await installed();
    // As after a restart of the machine.
    await execa('partx', ['--add', it.disk.path], { reject: false });
    await using other = await loopDevice({ sizeBytes: diskSizeBytes });
    const before = await Promise.all([it.disk.path, other.path].map(digestOf));
    const args = it.args.map((word) => (word === it.disk.path ? other.path : word));
    const result = await runInstaller({ args: [...args, ...withId] });
    expectFailure(result, 'installation-elsewhere');
    expect(result.stderr).toContain(`${it.disk.path}p`);
    expect(await Promise.all([it.disk.path, other.path].map(digestOf))).toEqual(before);
    const again = await runInstaller({ args: [...args, '--install-id', otherId] });
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stdout).toContain('Installed in');
  });

  describe('a disk of which it cannot be known', () => {
    async function refused(it: Fixture, path: string, medium: string): Promise<void> {
      const before = await digestOf(medium);
      const args = it.args.map((word) => (word === it.disk.path ? path : word));
      const result = await runInstaller({ args: [...args, ...withId] });
      expectFailure(result, 'installation-unclear');
      expect(result.exitCode).toBe(3);
      expect(result.diskState).toBe(`Nothing was written to ${path}.`);
      expect(await digestOf(medium)).toBe(before);
    }

    test.each([
      ['the table', () => ({ startBytes: 0, endBytes: 512 })],
      [
        'the beginning of the boot partition',
        (at: number) => ({ startBytes: at, endBytes: at + 4096 }),
      ],
      [
        'all of the boot partition but its superblock',
        (at: number, end: number) => ({ startBytes: at + 4096, endBytes: end }),
      ],
    ])('%s cannot be read: it is refused', async (_, failing) => {
      await using it = await installed();
      const table = await tableOn(it.disk.path);
      if (table === undefined) throw new Error('no table');
      const { offsetBytes, sizeBytes } = bootPartition(table);
      await using bad = await faultyDisk({
        ...{ sizeBytes: diskSizeBytes, contentPath: it.disk.backingFile },
        failing: [failing(offsetBytes, offsetBytes + sizeBytes)],
      });
      await refused(it, bad.path, it.disk.backingFile);
      expect((await bad.events()).filter(({ kind }) => kind === 'write')).toEqual([]);
    });

    test('its boot file system is damaged: it is refused, until it is wiped', async () => {
      await using it = await installed();
      const table = await tableOn(it.disk.path);
      if (table === undefined) throw new Error('no table');
      // Of ext4: the descriptors of the block groups, with their checksums.
      await overwrite(
        it.disk.path,
        bootPartition(table).offsetBytes + 4096,
        Buffer.alloc(4096, 0xff),
      );
      await refused(it, it.disk.path, it.disk.path);
      await execa('wipefs', ['--quiet', '--all', it.disk.path]);
      const again = await runInstaller({ args: [...it.args, ...withId] });
      expect(again.exitCode, again.stderr).toBe(0);
      expect(again.stdout).toContain('Installed in');
    });
  });

  test.each([
    ['a fifo', () => `mknod ${file} p`],
    ['a link out of the file system', (outside: string) => `symlink ${file} ${outside}`],
    ['a directory', () => `mkdir ${file}`],
  ])('%s in its place is not followed, and not waited for', async (_, request) => {
    await using it = await installed();
    await using outside = await writtenFile(`${id}\n`);
    await changeBoot(it.disk.path, `rm ${file}`, request(outside.path));
    const wrapper = ['timeout', '--signal=KILL', '60'];
    const { exitCode, stdout } = await runInstaller({ args: [...it.args, ...withId], wrapper });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Installed in');
    expect(await idOn(it)).toBe(`${id}\n`);
  });
});

test('an id that is none is refused before anything is done', async () => {
  await using it = await smallFixture();
  for (const wrong of ['7', '00000000-0000-0000-0000-000000000000', `${id}0`])
    expectFailure(
      await runInstaller({ args: [...it.args, '--install-id', wrong] }),
      'invalid-install-id',
    );
});
