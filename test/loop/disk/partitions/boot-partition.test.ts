import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inspectDevice } from '../../../../src/disk/look/inspect.ts';
import { DeviceFile } from '../../../../src/disk/own/device-file.ts';
import { findBootPartition } from '../../../../src/disk/partitions/boot-partition.ts';
import { lookInto } from '../../../../src/disk/partitions/look-into.ts';
import { mountBoot, requireMount } from '../../../../src/disk/partitions/mount.ts';
import { blsEntryPath, type DiskImageOptions } from '../../../support/disk-image.ts';
import { loopDevice, loopsOn } from '../../../support/loop-device.ts';
import { targetOf } from '../../../support/loop-target.ts';
import { lacks, lacksFileSystem } from '../../../support/needs.ts';
import { tablelessDisk } from '../../../support/tableless-disk.ts';

const MiB = 1024 * 1024;

const variants: DiskImageOptions[] = [
  { layout: '2019' },
  { layout: 'today' },
  { layout: 'today', sectorSizeBytes: 4096 },
];

describe.each(variants)('a claimed and locked disk without a table (%j)', (options) => {
  it('has its boot file system found, mounted and written, and no partition appears', async () => {
    await using disk = await tablelessDisk(options);
    const { device, target, gpt } = disk;
    const [number, type] = [options.layout === '2019' ? 1 : 3, 'ext4'];
    const { offsetBytes, sizeBytes } = gpt.partitions[number - 1] ?? {};
    await using file = await DeviceFile.open(target);
    await file.lock();
    const boot = await findBootPartition(target, gpt.partitions);
    expect(boot).toEqual({ number, offsetBytes, sizeBytes, type });
    {
      await using mounted = await mountBoot(target, boot);
      expect(readFileSync(`${mounted.path}/${blsEntryPath}`, 'utf8')).toContain('Fedora CoreOS');
      writeFileSync(`${mounted.path}/ignition.firstboot`, 'stamp');
      expect(inspectDevice(device.path).device?.partitions).toEqual([]);
      // With the disk's own sectors, as the system that is installed there will see them.
      const [loop] = loopsOn(device.path);
      const sector = readFileSync(`/sys/block/${loop}/queue/logical_block_size`, 'utf8');
      expect(Number(sector)).toBe(target.sectorSizeBytes);
    }
    expect(loopsOn(device.path)).toEqual([]);
    await file.sync();
    // By the way past all of this process's caches.
    file.dropCache();
    const content = execFileSync(
      'debugfs',
      ['-R', 'cat ignition.firstboot', `${device.backingFile}?offset=${offsetBytes}`],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    expect(content).toBe('stamp');
    expect(leftDirectories()).toEqual([]);
  });
});

describe('findBootPartition', () => {
  it('refuses an image without one', async () => {
    await using disk = await tablelessDisk({ layout: 'today', bootLabel: 'other' });
    await expect(findBootPartition(disk.target, disk.gpt.partitions)).rejects.toThrow(
      'the image has no file system labelled boot',
    );
  });

  it('refuses an image with two, and names them', async () => {
    await using disk = await tablelessDisk({ layout: 'today' });
    const [, , boot] = disk.gpt.partitions;
    if (boot === undefined) throw new Error('no partition');
    await expect(findBootPartition(disk.target, [boot, { ...boot, number: 7 }])).rejects.toThrow(
      'two file systems labelled boot (partitions 3 and 7)',
    );
  });
});

describe('requireMount', () => {
  const module = new URL('../../../../src/disk/partitions/mount.ts', import.meta.url);
  const program = `await (await import('${module}')).requireMount()`;
  const node = [process.execPath, '--input-type=module', '--eval', program];

  it('passes here, and leaves nothing behind', async () => {
    await requireMount();
    expect(leftDirectories()).toEqual([]);
  });

  it('says so before anything is written where mounting is not allowed, as in a container', () => {
    const less = ['--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin', ...node];
    const { stderr } = spawnSync('setpriv', less, { encoding: 'utf8' });
    expect(stderr).toContain(
      'Cannot mount the boot partition of an image: this system does not permit mounting ' +
        '(EPERM: operation not permitted, mount). In a container, share',
    );
  });
});

describe('mountBoot', () => {
  it('is seen by nobody: not by this namespace, not by one that is made meanwhile', async () => {
    await using disk = await tablelessDisk({ layout: 'today' });
    const { device, target, gpt } = disk;
    const boot = await findBootPartition(target, gpt.partitions);
    let other: ReturnType<typeof spawn>;
    {
      await using _mounted = await mountBoot(target, boot);
      const [loop] = loopsOn(device.path);
      expect(loop).toBeDefined();
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(`/dev/${loop}`);
      const script = 'echo ready; read -r end';
      other = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script]);
      await once(other.stdout as NodeJS.ReadableStream, 'data');
      expect(readFileSync(`/proc/${other.pid}/mountinfo`, 'utf8')).not.toContain(`/dev/${loop}`);
    }
    // Unmounted for good, whatever that one has kept.
    expect(loopsOn(device.path)).toEqual([]);
    other.stdin?.end('\n');
    await once(other, 'close');
  });

  it('opens no device file on it', async () => {
    await using disk = await tablelessDisk({ layout: 'today' });
    const boot = await findBootPartition(disk.target, disk.gpt.partitions);
    await using mounted = await mountBoot(disk.target, boot);
    // Of a child, self is another process.
    const seenByAll = mounted.path.replace('self', String(process.pid));
    execFileSync('mknod', [`${seenByAll}/null`, 'c', '1', '3']);
    await expect(open(`${mounted.path}/null`)).rejects.toThrow('EACCES');
  });

  it('writes nothing where it only looks', async () => {
    await using disk = await tablelessDisk({ layout: 'today' });
    const boot = await findBootPartition(disk.target, disk.gpt.partitions);
    const before = readFileSync(disk.device.backingFile);
    await lookInto(disk.target, boot, async (root) => {
      expect(readFileSync(`${root}/${blsEntryPath}`, 'utf8')).toContain('Fedora CoreOS');
      expect(() => writeFileSync(`${root}/new`, '')).toThrow('EROFS');
      const [loop] = loopsOn(disk.device.path);
      expect(inspectDevice(`/dev/${loop}`).device?.readOnly).toBe(true);
    });
    expect(before.equals(readFileSync(disk.device.backingFile))).toBe(true);
  });

  const types = ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'vfat'].filter(
    (type) => !lacksFileSystem(type, type) && !lacks(`mkfs.${type}`),
  );
  it.each(types)('looks into %s', async (type) => {
    // XFS wants 300 MiB.
    await using device = await loopDevice({ sizeBytes: 300 * MiB, content: 'zeros' });
    execFileSync(`mkfs.${type}`, [device.path], { stdio: 'ignore' });
    const range = { offsetBytes: 0, sizeBytes: 300 * MiB, type };
    expect(
      await lookInto(targetOf(device), range, async (root) => readdirSync(root)),
    ).toBeDefined();
    expect(loopsOn(device.path)).toEqual([]);
  });

  it('keeps what was found where the file system cannot be released', async () => {
    await using disk = await tablelessDisk({ layout: 'today' });
    const boot = await findBootPartition(disk.target, disk.gpt.partitions);
    let user: Awaited<ReturnType<typeof open>> | undefined;
    const found = await lookInto(disk.target, boot, async (root) => {
      user = await open(`${root}/${blsEntryPath}`);
      return 'found';
    });
    await user?.close();
    expect(found).toBe('found');
    expect(loopsOn(disk.device.path)).toEqual([]);
  });

  it('says why, and leaves nothing behind, when there is no file system', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    const range = { offsetBytes: 0, sizeBytes: MiB };
    const mount = (type: string) => mountBoot(targetOf(device), { ...range, type });
    const cannot = `Cannot configure ${device.path}: the image's boot file system cannot be mounted`;
    await expect(mount('ext4')).rejects.toThrow(`${cannot} (EINVAL: invalid argument, mount)`);
    await expect(mount('hfsplus')).rejects.toThrow(
      `${cannot} (hfsplus is not supported as a boot file system)`,
    );
    // It is said once.
    await expect(mount('hfsplus')).rejects.toThrow(/^[^(]+\(hfsplus/);
    expect(loopsOn(device.path)).toEqual([]);
    expect(leftDirectories()).toEqual([]);
  });

  it('works in a chroot whose root is no mount point', async () => {
    await using disk = await tablelessDisk({ layout: 'today' });
    const boot = await findBootPartition(disk.target, disk.gpt.partitions);
    const directory = mkdtempSync('/var/tmp/chroot-');
    const { sectorSizeBytes } = disk.target;
    const loop = new URL('../../../../src/disk/partitions/loop-device.ts', import.meta.url);
    const system = new URL('../../../../src/native/system.ts', import.meta.url);
    const program = `
      const { openLoopDevice } = await import('${loop}');
      const { mountPrivately, closeFd } = await import('${system}');
      const loop = await openLoopDevice('${disk.device.path}', ${JSON.stringify({ ...boot, sectorSizeBytes })});
      const at = { source: loop.path, directory: '/run', type: 'ext4', flags: 0, data: '' };
      const fd = await mountPrivately(at);
      const { readdirSync } = await import('node:fs');
      console.log(readdirSync('/proc/self/fd/' + fd).includes('loader'));
      await closeFd(fd);
      await loop[Symbol.asyncDispose]();`;
    const top = join(import.meta.dirname, '../../../..');
    const bound = ['usr', 'bin', 'sbin', 'lib', 'lib64', 'dev', 'proc', 'sys', 'run', top.slice(1)];
    const script = `
      mount -t tmpfs tmpfs "$1"; mkdir "$1/root"; cd "$1/root"; shift; node=$1; shift
      for name; do
        [ -e "/$name" ] || continue
        mkdir -p "./$name"; mount --rbind "/$name" "./$name"
      done
      exec chroot . "$node" --input-type=module --eval "$PROGRAM"`;
    try {
      const words = ['--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh'];
      const printed = execFileSync('unshare', [...words, directory, process.execPath, ...bound], {
        encoding: 'utf8',
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', PROGRAM: program },
      });
      expect(printed).toBe('true\n');
      expect(loopsOn(disk.device.path)).toEqual([]);
    } finally {
      // Not recursive, for what was bound there; it is empty here.
      rmdirSync(directory);
    }
  });

  it('says so when the file system stays mounted elsewhere', async () => {
    await using disk = await tablelessDisk({ layout: 'today' });
    const boot = await findBootPartition(disk.target, disk.gpt.partitions);
    const mounted = await mountBoot(disk.target, boot);
    const user = await open(`${mounted.path}/ignition.firstboot`, 'w');
    await expect(mounted[Symbol.asyncDispose]()).rejects.toThrow(
      'its boot file system cannot be unmounted (EBUSY)',
    );
    await user.close();
    expect(loopsOn(disk.device.path)).toEqual([]);
  });

  it('outlasts somebody who has a file of it open for a moment', async () => {
    await using disk = await tablelessDisk({ layout: 'today' });
    const boot = await findBootPartition(disk.target, disk.gpt.partitions);
    const mounted = await mountBoot(disk.target, boot);
    const user = await open(`${mounted.path}/ignition.firstboot`, 'w');
    const unmounted = mounted[Symbol.asyncDispose]();
    // Long enough for a first try in vain.
    await delay(300);
    await user.close();
    await unmounted;
  });
});

/** Of this process: other tests may be at work. */
function leftDirectories(): string[] {
  const parent = '/run/coreos-installer';
  return existsSync(parent)
    ? readdirSync(parent).filter((name) => name.startsWith(`${process.pid}-`))
    : [];
}
