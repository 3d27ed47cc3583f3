import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { blsEntryPath } from '../../support/disk-image.ts';
import { fixture, ignitionConfig } from '../../support/fixture.ts';
import {
  bootFileSystem,
  sizeOf,
  tableOn,
  unexpectedDifferences,
} from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { makeTable } from '../../support/partitions.ts';
import { startNginx, startPythonServer } from '../../support/servers.ts';

const mib = 1024 * 1024;

describe.concurrent('an installation', () => {
  test('translates a config in YAML', async () => {
    const yaml = `variant: fcos
version: 1.0.0
passwd:
  users: [{name: core, ssh_authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHoc5THMtMmb0eakh0G5xDmOG/83wGX71RkHN/2Dr33]}]
`;
    await using it = await fixture({ files: { '/config.yaml': Buffer.from(yaml) } });
    const result = await runInstaller({ args: [...it.args, '-i', `${it.server.url}/config.yaml`] });
    expect(result.stderr).not.toMatch(/config/);
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('YAML 1.0.0, translated: Ignition 3.0.0');
    const boot = await bootFileSystem(it.disk.path);
    expect((await boot.read('ignition/config.ign')).toString()).toBe(
      '{"ignition":{"config":{"replace":{"source":null,"verification":{}}},"security":{"tls":{}},"timeouts":{},"version":"3.0.0"},"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHoc5THMtMmb0eakh0G5xDmOG/83wGX71RkHN/2Dr33"]}]},"storage":{},"systemd":{}}',
    );
  });

  test.each(['2019', 'today'] as const)(
    'leaves the image bit for bit, configured, on a larger disk (layout %s)',
    async (layout) => {
      await using it = await fixture({ image: { layout, withStamp: layout === 'today' } });
      const result = await runInstaller({ args: it.args });
      expect(result.complaints).toBe('');
      expect(result.exitCode).toBe(0);

      expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
      const table = await tableOn(it.disk.path);
      const lastLba = (await sizeOf(it.disk.path)) / 512 - 1;
      expect(table?.alternateLba).toBe(lastLba);
      const verdict = await execa('sgdisk', ['--verify', it.disk.path]);
      expect(verdict.stdout).toContain('No problems found');

      const boot = await bootFileSystem(it.disk.path);
      expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
      expect(await boot.mode('ignition')).toBe('0700');
      expect(await boot.mode('ignition/config.ign')).toBe('0600');
      expect((await boot.read('ignition.firstboot')).toString()).toBe('');
      expect(await boot.names('ignition')).toEqual(['config.ign']);
      expect(await boot.clean()).toBe(true);

      const served = await readFile(it.servedPath);
      expect(result.stdout).toContain(createHash('sha256').update(served).digest('hex'));
      expect(result.stdout).toContain(`${await sizeOf(it.imagePath)} bytes`);
      expect(result.stdout).toContain('Next: reboot.');
    },
  );

  test.each(['2019', 'today'] as const)(
    'does so with a first partition before 1 MiB, and others that are aligned to nothing (layout %s)',
    async (layout) => {
      await using it = await fixture({ image: { layout, firstOffsetBytes: 67 * 512 } });
      const result = await runInstaller({ args: it.args });
      expect(result.complaints).toBe('');
      expect(result.exitCode).toBe(0);
      expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
      const boot = await bootFileSystem(it.disk.path);
      expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
      expect(await boot.clean()).toBe(true);
    },
  );

  test('leaves the kernel with the new partitions and nothing mounted', async () => {
    await using it = await fixture();
    await runInstaller({ args: it.args });
    const { stdout } = await execa('lsblk', ['--noheadings', '--raw', '-o', 'NAME', it.disk.path]);
    expect(stdout.split('\n')).toHaveLength(5);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(it.disk.path);
  });

  test('fits a disk of exactly the image’s size', async () => {
    await using probe = await fixture();
    const sizeBytes = await sizeOf(probe.imagePath);
    await using it = await fixture({ diskSizeBytes: sizeBytes });
    const { stderr, exitCode } = await runInstaller({ args: it.args });
    expect(exitCode, stderr).toBe(0);
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  });

  test.each([
    ['xz of one block', ['xz', '-T1', '-0']],
    ['xz with SHA-256 and a filter', ['xz', '-T1', '--check=sha256', '--x86', '--lzma2=preset=1']],
    ['gzip', ['gzip', '-1']],
    ['zstd', ['zstd', '-1']],
  ] as const)('takes %s, told by its first bytes', async (_, compression) => {
    await using it = await fixture({ compression: [...compression] });
    const result = await runInstaller({ args: it.args });
    expect(result.complaints).toBe('');
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  });

  test('takes a raw image and a config from files', async () => {
    await using it = await fixture();
    const result = await runInstaller({
      args: ['-d', it.disk.path, '-i', '/tmp/config.ign', '-b', 'file:///tmp/image.raw'],
      tmpFiles: { 'config.ign': ignitionConfig, 'image.raw': await readFile(it.imagePath) },
    });
    expect(result.complaints).toBe('');
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  });

  test('puts a 4096-byte-sector image on a disk of that kind', async () => {
    await using it = await fixture({ sectorSizeBytes: 4096, image: { sectorSizeBytes: 4096 } });
    const result = await runInstaller({ args: it.args });
    expect(result.complaints).toBe('');
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  });

  test.each([
    ['nginx', startNginx],
    ['python3 -m http.server', startPythonServer],
  ] as const)('takes everything from %s', async (_, start) => {
    await using it = await fixture();
    const root = await mkdtemp('/var/tmp/coreos-installer-www-');
    try {
      await copyFile(it.servedPath, join(root, 'metal.raw.xz'));
      await copyFile(await configFile(root), join(root, 'simple.json'));
      await using server = await start(root);
      const result = await runInstaller({
        args: [
          '-d',
          it.disk.path,
          '-i',
          `${server.url}/simple.json`,
          '-b',
          `${server.url}/metal.raw.xz`,
        ],
      });
      expect(result.complaints).toBe('');
      expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe('what was there before', () => {
  test('an old system, its backup table and an LVM label in a gap are gone', async () => {
    await using it = await fixture({ diskSizeBytes: 96 * mib });
    const { path } = it.disk;
    await makeTable(path, 'start=2048, size=8M', 'start=100000');
    await execa('partx', ['--add', path]);
    await execa('mkfs.ext4', ['-q', '-L', 'boot', `${path}p2`]);

    expect((await runInstaller({ args: it.args })).exitCode).toBe(0);
    const offset = String(100_000 * 512);
    const probe = await execa('blkid', ['--probe', '--offset', offset, path], { reject: false });
    expect(probe.exitCode).toBe(2);
    const found = await unexpectedDifferences(it.imagePath, path, { usedBehind: true });
    expect(found).toEqual([]);
  });

  test('a second installation on the same disk simply works', async () => {
    await using it = await fixture();
    for (const config of ['config.ign', 'config.ign']) {
      const result = await runInstaller({ args: [...it.args, '-i', `${it.server.url}/${config}`] });
      expect(result.exitCode, result.stderr).toBe(0);
    }
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  });
});

describe.concurrent('the first boot', () => {
  test('gets the network arguments and the platform', async () => {
    await using it = await fixture();
    const result = await runInstaller({
      args: [...it.args, '-p', 'qemu'],
      cmdline:
        'quiet ip=192.0.2.200::192.0.2.1:255.255.255.0:"host a":eth0:none nameserver=192.0.2.1',
    });
    expect(result.exitCode).toBe(0);
    const boot = await bootFileSystem(it.disk.path);
    const stamp = (await boot.read('ignition.firstboot')).toString();
    expect(stamp).toMatch(
      /^set ignition_network_kcmdline="rd.neednet=1 .*nameserver=192.0.2.1"\n$/,
    );
    const entry = (await boot.read(blsEntryPath)).toString();
    expect(entry).toContain(' ignition.platform.id=qemu\n');
    expect(entry).not.toContain('metal');
  });

  test('is told with them not to keep the address', async () => {
    await using it = await fixture();
    await runInstaller({ args: it.args, cmdline: 'ip=dhcp bond coreos.no_persist_ip' });
    const boot = await bootFileSystem(it.disk.path);
    expect((await boot.read('ignition.firstboot')).toString()).toBe(
      'set ignition_network_kcmdline="rd.neednet=1 ip=dhcp bond coreos.no_persist_ip=1"\n',
    );
  });

  test('that gets more than the kernel takes is told of', async () => {
    const own = `linux /vmlinuz\noptions $ignition_firstboot root=/dev/x ${'a'.repeat(1990)}\n`;
    await using it = await fixture({ image: { files: { [blsEntryPath]: own } } });
    const { exitCode, stderr } = await runInstaller({ args: it.args, cmdline: 'ip=dhcp' });
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      'The kernel command line of the first boot has 2072 bytes, and the kernel truncates it after 2047',
    );
  });

  test('never sees the config or stamp that came with the image', async () => {
    await using it = await fixture({
      image: {
        files: { 'ignition/config.ign': 'from the image', 'ignition.firstboot': 'echo old\n' },
      },
    });
    await runInstaller({ args: ['-d', it.disk.path, '-i', 'skip', '-b', it.imageUrl] });
    const boot = await bootFileSystem(it.disk.path);
    expect(await boot.names('ignition')).toEqual([]);
    expect((await boot.read('ignition.firstboot')).toString()).toBe('');
  });
});

async function configFile(root: string): Promise<string> {
  const path = join(root, 'config.ign');
  await import('node:fs/promises').then(({ writeFile }) => writeFile(path, ignitionConfig));
  return path;
}
