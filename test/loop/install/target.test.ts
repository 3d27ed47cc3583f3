import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, open, readFile, rm, watch, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { lockNow } from '../../../src/native/system.ts';
import { expectFailure, type Settled } from '../../support/failure.ts';
import { fixture } from '../../support/fixture.ts';
import { hasAnyTable, tableOn, unexpectedDifferences } from '../../support/installed-disk.ts';
import { type InstallerRun, runInstaller } from '../../support/installer.ts';
import { loopDevice } from '../../support/loop-device.ts';
import { makeTable } from '../../support/partitions.ts';
import { reservePort } from '../../support/ports.ts';

const mib = 1024 * 1024;

/** Runs, and expects the target to be refused for that, in these words, with nothing written. */
async function expectRefused(run: InstallerRun, code: Settled, ...words: string[]): Promise<void> {
  const result = await runInstaller(run);
  expectFailure(result, code);
  for (const word of words) expect(result.stderr).toContain(word);
  expect(result.diskState).toMatch(/^Nothing was written to /);
}

describe('a target is refused that is', () => {
  test('missing: what is there is listed', async () => {
    await using it = await fixture();
    await expectRefused(
      { args: ['-d', 'vdzz', ...it.args.slice(2)] },
      'target-missing',
      it.disk.path,
    );
  });

  test('a directory or a file', async () => {
    await using it = await fixture();
    await expectRefused({ args: ['-d', '/dev/pts', ...it.args.slice(2)] }, 'target-not-a-disk');
    const file = {
      args: ['-d', '/tmp/disk.img', ...it.args.slice(2)],
      tmpFiles: { 'disk.img': 'x' },
    };
    await expectRefused(file, 'target-not-a-disk');
  });

  test('a partition: the whole disk is named', async () => {
    await using it = await fixture();
    await makeTable(it.disk.path, 'start=2048, size=8M');
    await execa('partx', ['--add', it.disk.path]);
    await expectRefused(
      { args: ['-d', `${it.disk.path}p1`, ...it.args.slice(2)] },
      'target-is-partition',
      it.disk.path,
    );
    expect((await tableOn(it.disk.path))?.partitions).toHaveLength(1);
  });

  test('read-only', async () => {
    await using it = await fixture();
    await using disk = await loopDevice({ sizeBytes: 48 * mib, readOnly: true });
    await expectRefused({ args: ['-d', disk.path, ...it.args.slice(2)] }, 'target-read-only');
  });

  test('read-only, at once, while nothing answers for the image', async () => {
    await using disk = await loopDevice({ sizeBytes: 48 * mib, readOnly: true });
    const url = `http://127.0.0.1:${await reservePort()}/image`;
    const args = ['-d', disk.path, '-i', 'skip', '-b', url, '--retry-for', '10m'];
    const result = await runInstaller({ args });
    expectFailure(result, 'target-read-only');
    expect(result.stderr).not.toContain('Waiting');
  });

  test('mounted, here or in another mount namespace', async () => {
    await using it = await fixture();
    const directory = await mkdtemp('/var/tmp/mounted-');
    try {
      await execa('mkfs.ext4', ['-q', it.disk.path]);
      const mountPoint = join(directory, 'srv');
      await mkdir(mountPoint);
      await execa('mount', [it.disk.path, mountPoint]);
      try {
        await expectRefused({ args: it.args }, 'target-mounted', `umount ${mountPoint}`);
      } finally {
        await execa('umount', [mountPoint]);
      }

      const elsewhere = execa('unshare', [
        ...['--mount', '--propagation', 'private', 'sh', '-c'],
        'mount "$1" "$2" && echo ready && read -r end',
        ...['sh', it.disk.path, mountPoint],
      ]);
      await new Promise((resolve) => elsewhere.stdout?.once('data', resolve));
      await expectRefused({ args: it.args }, 'target-mounted', mountPoint);
      elsewhere.stdin?.end('\n');
      await elsewhere;
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('an installation medium, while the machine has other disks', async () => {
    await using it = await fixture();
    const directory = await mkdtemp('/var/tmp/medium-');
    try {
      await writeFile(join(directory, 'file'), 'x');
      const iso = ['-as', 'mkisofs', '-quiet', '-V', 'COREOS_INSTALLER', '-o'];
      await execa('xorriso', [...iso, it.disk.path, directory]);
      const wipe = `wipefs --all ${it.disk.path}`;
      await expectRefused({ args: it.args }, 'target-is-medium', wipe);
      await execa('wipefs', ['--all', '--quiet', it.disk.path]);
      expect((await runInstaller({ args: it.args })).complaints).toBe('');
      expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('a swap area in use', async () => {
    await using it = await fixture();
    await execa('mkswap', [it.disk.path]);
    await execa('swapon', [it.disk.path]);
    try {
      await expectRefused({ args: it.args }, 'target-in-use', `swapoff ${it.disk.path}`);
    } finally {
      await execa('swapoff', [it.disk.path]);
    }
  });

  test('claimed by another program', async () => {
    await using it = await fixture();
    await using claim = await open(it.disk.path, constants.O_RDWR | constants.O_EXCL);
    await expectRefused({ args: it.args }, 'target-in-use', String(process.pid));
    await expectRefused({ args: [...it.args, '--dry-run'] }, 'target-in-use', String(process.pid));
    expect(claim.fd).toBeGreaterThan(0);
  });

  test('read by a program, a partition of it: no partition is gone', async () => {
    await using it = await fixture();
    await makeTable(it.disk.path, 'start=2048, size=8M', 'size=8M');
    await execa('partx', ['--add', it.disk.path]);
    await using reader = await open(`${it.disk.path}p2`, 'r');
    const stop = `stop it with kill ${process.pid}`;
    await expectRefused({ args: it.args }, 'target-in-use', `${it.disk.path}p2`, stop);
    expect(reader.fd).toBeGreaterThan(0);
    expect((await tableOn(it.disk.path))?.partitions).toHaveLength(2);
    for (const number of [1, 2]) await access(`${it.disk.path}p${number}`);
  });

  test('too small, as the partition table says, whatever the format', async () => {
    for (const compression of [
      ['xz', '-0'],
      ['gzip', '-1'],
    ] as const) {
      await using it = await fixture({ diskSizeBytes: 16 * mib, compression: [...compression] });
      await expectRefused({ args: it.args }, 'target-too-small');
    }
  });

  test('too small for data behind the partition table; zeros there need no room', async () => {
    await using it = await fixture();
    const image = await readFile(it.imagePath);
    const disk = ['-d', it.disk.path, '-i', 'skip', '-b', 'file:///tmp/image.raw'];
    const zeros = Buffer.alloc(48 * mib - image.length + 3 * mib + 512);
    const padded = Buffer.concat([image, zeros]);
    const fits = await runInstaller({ args: disk, tmpFiles: { 'image.raw': padded } });
    expect(fits.complaints).toBe('');
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    padded.write('x', padded.length - 1);
    const large = await runInstaller({ args: disk, tmpFiles: { 'image.raw': padded } });
    expectFailure(large, 'target-too-small');
    expect(large.stderr).toContain('the image has data after its backup partition table');
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });

  test('of another sector size than the image', async () => {
    await using large = await fixture({ sectorSizeBytes: 4096 });
    await expectRefused({ args: large.args }, 'target-sector-size-mismatch');
    await using small = await fixture({ image: { sectorSizeBytes: 4096 } });
    await expectRefused({ args: small.args }, 'target-sector-size-mismatch');
  });
});

describe('without its tools', () => {
  test('the installer names them and their packages', async () => {
    await using it = await fixture();
    const missing = ['/usr/sbin/sgdisk', '/usr/sbin/blkid'];
    const result = await runInstaller({ args: it.args, hidden: missing });
    expectFailure(result, 'tool-missing');
    for (const word of ['sgdisk', 'gdisk', 'blkid', 'util-linux']) {
      expect(result.stderr).toContain(word);
    }
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });
});

describe('two installers at once', () => {
  test('one wins, one says why', async () => {
    await using it = await fixture({
      image: { rootSizeBytes: 16 * mib, fillBytes: 8 * mib },
      server: {
        fault: (_, { url }) =>
          url === '/image' ? { drip: { pieceBytes: 256 * 1024, everyMs: 40 } } : undefined,
      },
    });
    let second: Promise<unknown> | undefined;
    const first = await runInstaller({
      args: it.args,
      onOutput: (text) => {
        if (!text.includes('Writing')) return;
        second ??= expectRefused({ args: it.args }, 'target-in-use', it.disk.path);
      },
    });
    await second;
    expect(first.exitCode).toBe(0);
    expect(second).toBeDefined();
  });
});

/**
 * A tool that waits in one of its uses for a disk, until a line comes out of a fifo; otherwise the tool itself.
 * Other disks of the machine are looked at before.
 */
const gate = (directory: string, tool: string, use: string, disk: string) => `#!/bin/sh
case " $* " in *${use}*" ${disk} "*) echo '${use}' >> '${directory}/reached'; read -r line < '${directory}/fifo';; esac
exec '${directory}/real-${tool}' "$@"
`;

describe('while one installs', () => {
  test.each([
    ['configures', 'blkid', '--offset'],
    ['commits', 'sgdisk', '--verify'],
  ])('and %s, nobody else can claim, lock or install to the disk', async (_, tool, use) => {
    await using it = await fixture();
    const directory = await mkdtemp('/var/tmp/gate-');
    try {
      await execa('cp', [`/usr/sbin/${tool}`, join(directory, `real-${tool}`)]);
      await writeFile(join(directory, tool), gate(directory, tool, use, it.disk.path), {
        mode: 0o755,
      });
      await writeFile(join(directory, 'reached'), '');
      await execa('mkfifo', [join(directory, 'fifo')]);
      // For reading, too: opening it waits for nobody.
      await using fifo = await open(join(directory, 'fifo'), 'r+');
      const script = `mount --bind '${join(directory, tool)}' /usr/sbin/${tool}; exec "$@"`;
      const reached = watch(directory);
      const first = runInstaller({ args: it.args, wrapper: ['sh', '-euc', script, 'sh'] });
      for await (const _event of reached) {
        if ((await readFile(join(directory, 'reached'), 'utf8')).includes(use)) break;
      }
      await expectRefused(
        { args: it.args },
        'target-in-use',
        `has ${it.disk.path} open for writing`,
      );
      await expect(open(it.disk.path, constants.O_RDWR | constants.O_EXCL)).rejects.toThrow(
        'EBUSY',
      );
      const flock = await execa('flock', ['--nonblock', it.disk.path, 'true'], { reject: false });
      expect(flock.exitCode).toBe(1);
      await fifo.write('\n'.repeat(16));
      expect(await first).toMatchObject({ exitCode: 0, complaints: '' });
      expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('and waits for a program that has the disk locked for a moment', async () => {
    await using it = await fixture();
    const udev = await open(it.disk.path);
    lockNow(udev.fd);
    let released = false;
    const result = await runInstaller({
      args: it.args,
      onOutput: (text) => {
        if (released || !text.includes('Writing')) return;
        released = true;
        setTimeout(() => udev.close(), 500);
      },
    });
    expect(result).toMatchObject({ exitCode: 0, complaints: '' });
    expect(released).toBe(true);
  });
});

describe('an installer that waits for its server', () => {
  test('keeps its disk from another one, and installs when the server comes', async () => {
    let up = false;
    await using it = await fixture({ server: { fault: () => (up ? {} : { status: 503 }) } });
    let second: Promise<unknown> | undefined;
    const first = await runInstaller({
      args: it.args,
      onComplaint: (text, pid) => {
        if (!text.includes('Waiting for')) return;
        const next = `the program coreos-installer (process ${pid}) has ${it.disk.path} open for writing. Run: kill ${pid}`;
        second ??= expectRefused({ args: it.args }, 'target-in-use', next).finally(() => {
          up = true;
        });
      },
    });
    await second;
    expect(second).toBeDefined();
    expect(first.exitCode).toBe(0);
  });
});

describe('another disk with a file system labelled boot', () => {
  test('is named in a warning', async () => {
    await using it = await fixture();
    await using other = await loopDevice({ sizeBytes: 48 * mib });
    await writeFile(other.path, await readFile(it.imagePath));
    await execa('partx', ['--add', other.path]);
    const result = await runInstaller({ args: it.args });
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain(`${other.path}p1`);
  });
});
