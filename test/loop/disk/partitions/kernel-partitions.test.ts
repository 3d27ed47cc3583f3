import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inspectDevice } from '../../../../src/disk/look/inspect.ts';
import { probe } from '../../../../src/disk/look/probe.ts';
import { DeviceFile } from '../../../../src/disk/own/device-file.ts';
import {
  dropOldPartitions,
  rereadPartitions,
} from '../../../../src/disk/partitions/kernel-partitions.ts';
import { DeviceWriter } from '../../../../src/disk/write/writer.ts';
import { TargetError } from '../../../../src/lib/errors.ts';
import { loopDevice } from '../../../support/loop-device.ts';
import { targetOf } from '../../../support/loop-target.ts';
import { addPartitions } from '../../../support/partitions.ts';
import { tablelessDisk } from '../../../support/tableless-disk.ts';

const MiB = 1024 * 1024;
const first = { number: 1, startBytes: MiB, sizeBytes: MiB };
const seventh = { number: 7, startBytes: 4 * MiB, sizeBytes: MiB + 512 };

const numbersOf = ({ path }: { readonly path: string }) =>
  inspectDevice(path).device?.partitions.map(({ number }) => number);

describe('dropOldPartitions', () => {
  it('makes the kernel forget all of them', async () => {
    await using device = await loopDevice({ sizeBytes: 8 * MiB });
    await addPartitions(device.path, first, seventh);
    const target = targetOf(device);
    await using file = await DeviceFile.open(target);
    expect(numbersOf(device)).toEqual([1, 7]);
    await dropOldPartitions(target, file);
    expect(numbersOf(device)).toEqual([]);
  });

  it('outlasts somebody who looks into a partition for a moment', async () => {
    await using device = await loopDevice({ sizeBytes: 8 * MiB });
    await addPartitions(device.path, first);
    const target = targetOf(device);
    await using file = await DeviceFile.open(target);
    const onlooker = await open(`${device.path}p1`, 'r');
    const dropped = dropOldPartitions(target, file);
    // Long enough for a first try in vain.
    await delay(500);
    await onlooker.close();
    await dropped;
    expect(numbersOf(device)).toEqual([]);
  });

  it('says so when one is in use, and the kernel knows all again, as they were', async () => {
    await using device = await loopDevice({ sizeBytes: 8 * MiB });
    await addPartitions(device.path, first, seventh);
    const target = targetOf(device);
    const file = await DeviceFile.open(target);
    const user = spawn('sh', ['-c', `exec 3<${device.path}p1; echo open; read -r end`]);
    await once(user.stdout, 'data');
    const dropped = dropOldPartitions(target, file);
    await expect(dropped).rejects.toThrow(TargetError);
    await expect(dropped).rejects.toThrow(`${device.path}p1 is in use by sh (process ${user.pid})`);
    user.stdin.end('\n');
    await once(user, 'close');
    await file[Symbol.asyncDispose]();
    expect(targetOf(device).partitions).toEqual(target.partitions);
  });
});

describe('rereadPartitions', () => {
  it('lets the kernel see the table that is on the disk now, while it is claimed and locked', async () => {
    await using disk = await tablelessDisk({ layout: '2019' });
    const { device, target, gpt, head } = disk;
    {
      await using file = await DeviceFile.open(target);
      await file.lock();
      await using writer = new DeviceWriter(target, file);
      await writer.write(0, head);
      await writer.flush();
      rereadPartitions(target, file, gpt);
    }
    expect(inspectDevice(device.path).device?.partitions).toEqual(
      gpt.partitions.map(({ number, offsetBytes, sizeBytes }) => ({
        name: `${device.path.slice(5)}p${number}`,
        path: `${device.path}p${number}`,
        number,
        startBytes: offsetBytes,
        sizeBytes,
      })),
    );
    expect((await probe(`${device.path}p4`)).fileSystem).toMatchObject({
      type: 'ext4',
      label: 'root',
    });
  });
});
