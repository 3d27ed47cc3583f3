import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DeviceFile } from '../../../../src/disk/own/device-file.ts';
import { OwnedDisk } from '../../../../src/disk/own/owned-disk.ts';
import { TargetError } from '../../../../src/lib/errors.ts';
import { lockNow } from '../../../../src/native/system.ts';
import { loopDevice } from '../../../support/loop-device.ts';
import { targetOf } from '../../../support/loop-target.ts';

const MiB = 1024 * 1024;

describe('a claim', () => {
  it('outlasts a program that has claimed the disk for a moment', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    const target = targetOf(device);
    const prober = await open(device.path, constants.O_RDONLY | constants.O_EXCL);
    const claimed = DeviceFile.open(target);
    // Long enough for a first try in vain.
    await delay(300);
    await prober.close();
    await using file = await claimed;
    expect(file.direct).toBe(true);
  });

  it('names a program that only reads, where no other has claimed the disk', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    const target = targetOf(device);
    const script = `exec 3<${device.path}; echo open; read -r end`;
    const reader = spawn('sh', ['-c', script]);
    await once(reader.stdout, 'data');
    await using _claim = await open(device.path, constants.O_RDONLY | constants.O_EXCL);
    await expect(DeviceFile.open(target)).rejects.toThrow(`sh (process ${reader.pid})`);
    reader.stdin.end('\n');
    await once(reader, 'close');
  });
});

describe('a lock', () => {
  it('is waited for, and then is the only one', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    await using disk = await OwnedDisk.claim(targetOf(device));
    const udev = await open(device.path, 'r');
    lockNow(udev.fd);
    const locked = disk.lock();
    await delay(200);
    await udev.close();
    await locked;
    await using late = await open(device.path, 'r');
    expect(() => lockNow(late.fd)).toThrow('EAGAIN');
  });

  it('that somebody keeps is an error that names the program', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    await using disk = await OwnedDisk.claim(targetOf(device));
    const holder = spawn('flock', [device.path, 'sh', '-c', 'echo locked; read -r end']);
    await once(holder.stdout, 'data');
    const tried = disk.lock({ patienceMs: 200 });
    await expect(tried).rejects.toThrow(TargetError);
    await expect(tried).rejects.toThrow(
      `Cannot write to ${device.path}: it is locked by flock (process ${holder.pid}). Wait until that is done, or stop it with kill ${holder.pid}`,
    );
    holder.stdin.end('\n');
    await once(holder, 'close');
  });

  it('is not waited for once the run is to end', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    await using disk = await OwnedDisk.claim(targetOf(device));
    await using udev = await open(device.path, 'r');
    lockNow(udev.fd);
    const end = new AbortController();
    const locked = disk.lock({ signal: end.signal });
    end.abort(new Error('stopped'));
    await expect(locked).rejects.toThrow('stopped');
  });

  it('and the claim end together', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    {
      await using disk = await OwnedDisk.claim(targetOf(device));
      await disk.lock();
    }
    await using again = await open(device.path, constants.O_RDWR | constants.O_EXCL);
    expect(() => lockNow(again.fd)).not.toThrow();
  });
});
