import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectDevice } from '../../../src/disk/look/inspect.ts';
import { DeviceFile } from '../../../src/disk/own/device-file.ts';
import { checkTarget } from '../../../src/plan/check-target.ts';
import { fakeSystem } from '../../support/fake-sysfs.ts';
import { loopDevice } from '../../support/loop-device.ts';
import { targetOf } from '../../support/loop-target.ts';
import { addPartitions } from '../../support/partitions.ts';

const MiB = 1024 * 1024;

/** Its major and its minor number. */
function numberOf(path: string): string[] {
  return readFileSync(`/sys/class/block/${basename(path)}/dev`, 'utf8')
    .trim()
    .split(':');
}

describe('a real device', () => {
  it('is described with its sizes, partitions and backing file, through a link', async () => {
    await using device = await loopDevice({ sizeBytes: 4 * MiB, sectorSizeBytes: 4096 });
    await addPartitions(device.path, { number: 2, startBytes: MiB, sizeBytes: MiB / 2 });
    const link = join(dirname(device.backingFile), 'by-id');
    symlinkSync(device.path, link);
    const facts = inspectDevice(link);
    expect(facts).toMatchObject({ kind: 'block-disk', requested: link, path: device.path });
    expect(facts.device).toMatchObject({
      sizeBytes: 4 * MiB,
      logicalSectorSizeBytes: 4096,
      loopBackingFile: device.backingFile,
      partitions: [{ path: `${device.path}p2`, number: 2, startBytes: MiB, sizeBytes: MiB / 2 }],
    });
    expect(inspectDevice(`${device.path}p2`)).toMatchObject({ kind: 'partition' });
  });

  it('is refused when read-only', async () => {
    await using device = await loopDevice({ sizeBytes: MiB, readOnly: true });
    expect(() => checkTarget(inspectDevice(device.path))).toThrow('it is read-only');
  });

  it('is refused while swapped to', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    execFileSync('mkswap', ['--quiet', device.path], { stdio: 'ignore' });
    execFileSync('swapon', [device.path]);
    expect(() => checkTarget(inspectDevice(device.path))).toThrow(
      `${device.path} is in use as swap. Run: swapoff ${device.path}`,
    );
  });

  it('is refused while swapped to by a name in another directory', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    const elsewhere = join(dirname(device.backingFile), 'disk');
    execFileSync('mknod', [elsewhere, 'b', ...numberOf(device.path)]);
    execFileSync('mkswap', ['--quiet', device.path], { stdio: 'ignore' });
    execFileSync('swapon', [elsewhere]);
    try {
      expect(readFileSync('/proc/swaps', 'utf8')).not.toContain(device.path);
      expect(() => checkTarget(inspectDevice(device.path))).toThrow(
        `${elsewhere} is in use as swap. Run: swapoff ${elsewhere}`,
      );
    } finally {
      execFileSync('swapoff', [elsewhere]);
    }
  });

  it('is refused while a file system of several devices is mounted from it, which has a number of its own', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    await using system = await fakeSystem();
    // As the kernel tells of btrfs.
    system.proc('self/mountinfo', `9 1 0:45 / /srv/data rw - btrfs ${device.path} rw,ssd\n`);
    const { procRoot } = system;
    expect(() => checkTarget(inspectDevice(device.path, { procRoot }))).toThrow(
      `${device.path} is mounted on /srv/data. Run: umount /srv/data –`,
    );
  });

  it('is refused while a program writes to it that has not claimed it', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    const target = targetOf(device);
    const writer = spawn('sh', ['-c', `exec 3<>${device.path}; echo open; read -r end`]);
    await once(writer.stdout, 'data');
    try {
      expect(() => targetOf(device)).toThrow(
        `(process ${writer.pid}) has ${device.path} open for writing. Run: kill ${writer.pid}`,
      );
      // Nothing but a look at that program tells of it: the disk can be claimed all the same.
      await using claim = await DeviceFile.open(target);
      expect(claim.fd).toBeGreaterThan(0);
    } finally {
      writer.stdin.end('\n');
      await once(writer, 'close');
    }
  });

  it('is refused while another loop device stands on it', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    const upper = execFileSync('losetup', ['--find', '--show', device.path], { encoding: 'utf8' });
    try {
      expect(() => checkTarget(inspectDevice(device.path))).toThrow(`losetup -d ${upper.trim()}`);
    } finally {
      execFileSync('losetup', ['--detach', upper.trim()]);
    }
  });

  it('is refused while mounted, also by a bind mount only', async () => {
    await using device = await loopDevice({ sizeBytes: 2 * MiB });
    execFileSync('mkfs.ext4', ['-q', device.path]);
    const [first, second] = ['a', 'b b'].map((name) => join(dirname(device.backingFile), name));
    if (!first || !second) throw new Error('unreachable');
    for (const path of [first, second]) mkdirSync(path);
    execFileSync('mount', [device.path, first]);
    execFileSync('mount', ['--bind', join(first, 'lost+found'), second]);
    expect(() => checkTarget(inspectDevice(device.path))).toThrow(
      `Run: umount '${second}'; umount ${first} –`,
    );
    execFileSync('umount', [first]);
    expect(() => checkTarget(inspectDevice(device.path))).toThrow(`is mounted on ${second}`);
  });

  it('is refused while mounted in another mount namespace, with a way in', async () => {
    await using device = await loopDevice({ sizeBytes: 2 * MiB });
    execFileSync('mkfs.ext4', ['-q', device.path]);
    const script = `mount ${device.path} /mnt && echo mounted && exec sleep 60`;
    const other = spawn('unshare', ['--mount', 'sh', '-c', script]);
    try {
      await once(other.stdout, 'data');
      expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(device.path);
      expect(() => checkTarget(inspectDevice(device.path))).toThrow(
        `Run: nsenter --mount --target ${other.pid} umount /mnt –`,
      );
    } finally {
      other.kill('SIGKILL');
      await once(other, 'close');
    }
  });
});
