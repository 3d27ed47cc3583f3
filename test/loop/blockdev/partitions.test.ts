import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findBootPartition } from '../../../src/blockdev/boot-partition.ts';
import { type Gpt, parseGpt } from '../../../src/blockdev/gpt.ts';
import { inspectDevice } from '../../../src/blockdev/inspect.ts';
import { mountBoot } from '../../../src/blockdev/mount.ts';
import {
  forgetPartitions,
  mapPartitions,
  rereadPartitions,
} from '../../../src/blockdev/partition-table.ts';
import { probeFileSystem } from '../../../src/blockdev/probe.ts';
import type { Target } from '../../../src/blockdev/target.ts';
import { DeviceWriter } from '../../../src/blockdev/writer.ts';
import { WriteError } from '../../../src/errors.ts';
import { blsEntryPath, type DiskImageOptions, makeDiskImage } from '../../support/disk-image.ts';
import { type LoopDevice, loopDevice } from '../../support/loop-device.ts';
import { targetOf } from '../../support/loop-target.ts';

const MiB = 1024 * 1024;

/** A disk that holds an image but for its first MiB: no table, as before the commit. */
async function withoutTable(
  options: DiskImageOptions,
): Promise<{ device: LoopDevice; target: Target; gpt: Gpt; head: Buffer }> {
  const image = readFileSync(await makeDiskImage(options));
  const head = image.subarray(0, MiB);
  const { sectorSizeBytes = 512 } = options;
  const device = await loopDevice({ sizeBytes: image.length + 8 * MiB, sectorSizeBytes });
  const target = targetOf(device);
  await using writer = await DeviceWriter.open(target);
  await writer.write(MiB, image.subarray(MiB));
  await writer.flush();
  return { device, target, gpt: parseGpt(head), head };
}

const variants: DiskImageOptions[] = [
  { layout: '2019' },
  { layout: 'today' },
  { layout: 'today', sectorSizeBytes: 4096 },
];

it('looks into the partitions of what takes none, such as multipath, by loop devices', async () => {
  const { device, target, gpt } = await withoutTable({ layout: 'today' });
  await using _device = device;
  const map: Target = { ...target, takesPartitions: false };
  let paths: readonly string[];
  {
    await using mapped = await mapPartitions(map, gpt.partitions);
    paths = mapped.paths;
    const boot = await findBootPartition(map, paths);
    expect(boot).toBe(paths[2]);
    await using mounted = await mountBoot(boot);
    writeFileSync(`${mounted.path}/ignition.firstboot`, 'stamp');
  }
  expect(inspectDevice(device.path).device?.holders).toEqual([]);
  await using again = await mapPartitions(target, gpt.partitions);
  await using mounted = await mountBoot(await findBootPartition(target, again.paths));
  expect(readFileSync(`${mounted.path}/ignition.firstboot`, 'utf8')).toBe('stamp');
});

describe.each(variants)('a disk without a table ($layout, $sectorSizeBytes)', (options) => {
  it('has its boot partition mapped, found, mounted and written, and is free afterwards', async () => {
    const { device, target, gpt } = await withoutTable(options);
    await using _device = device;
    {
      await using mapped = await mapPartitions(target, gpt.partitions);
      expect(mapped.partitions.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
      const boot = await findBootPartition(target, mapped.paths);
      expect(boot).toBe(`${device.path}p${options.layout === '2019' ? 1 : 3}`);
      await using mounted = await mountBoot(boot);
      expect(readFileSync(`${mounted.path}/${blsEntryPath}`, 'utf8')).toContain('Fedora CoreOS');
      writeFileSync(`${mounted.path}/ignition.firstboot`, 'stamp');
      expect(readFileSync('/proc/mounts', 'utf8')).toMatch(
        new RegExp(`${boot} ${mounted.path} ext4 rw,nosuid,nodev,noexec`),
      );
      expect(inspectDevice(device.path).device?.mounts).toMatchObject([
        { device: boot, mountPoint: mounted.path },
      ]);
    }
    expect(partitionsOf(device)).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(device.path);
    expect(leftDirectories()).toEqual([]);
    await using again = await mapPartitions(target, gpt.partitions);
    await using mounted = await mountBoot(await findBootPartition(target, again.paths));
    expect(readFileSync(`${mounted.path}/ignition.firstboot`, 'utf8')).toBe('stamp');
  });
});

describe('mapPartitions', () => {
  it('replaces partitions that a killed run, or an old table, has left', async () => {
    const { device, target, gpt } = await withoutTable({ layout: 'today' });
    await using _device = device;
    execFileSync('addpart', [device.path, '3', '4096', '2048']);
    execFileSync('addpart', [device.path, '7', '8192', '2048']);
    await using mapped = await mapPartitions(target, gpt.partitions);
    expect(partitionsOf(device)).toEqual(['p1', 'p2', 'p3', 'p4']);
    expect(await findBootPartition(target, mapped.paths)).toBe(`${device.path}p3`);
  });

  it('forgets what it has mapped when it cannot map all', async () => {
    const { device, target, gpt } = await withoutTable({ layout: 'today' });
    await using _device = device;
    const [first] = gpt.partitions;
    if (!first) throw new Error('no partition');
    const off = { ...first, number: 9, offsetBytes: 1024 * MiB };
    await expect(mapPartitions(target, [first, off])).rejects.toThrow(WriteError);
    expect(partitionsOf(device)).toEqual([]);
  });

  it('outlasts somebody who looks into a partition for a moment', async () => {
    const { device, target } = await withoutTable({ layout: 'today' });
    await using _device = device;
    execFileSync('addpart', [device.path, '1', '2048', '2048']);
    const onlooker = await open(`${device.path}p1`, 'r');
    const forgotten = forgetPartitions(target);
    // Long enough for a first try in vain.
    await sleep(500);
    await onlooker.close();
    await forgotten;
    expect(partitionsOf(device)).toEqual([]);
  });

  it('says so when an old partition is in use', async () => {
    const { device, target } = await withoutTable({ layout: 'today' });
    await using _device = device;
    execFileSync('addpart', [device.path, '1', '2048', '2048']);
    await using _user = await open(`${device.path}p1`, 'r');
    await expect(forgetPartitions(target)).rejects.toThrow(/has a partition in use \(delpart: .*/);
  });
});

describe('findBootPartition', () => {
  it('refuses an image without one', async () => {
    const { device, target, gpt } = await withoutTable({ layout: 'today', bootLabel: 'other' });
    await using _device = device;
    await using mapped = await mapPartitions(target, gpt.partitions);
    await expect(findBootPartition(target, mapped.paths)).rejects.toThrow(
      'the image has no file system labelled boot',
    );
  });
});

describe('mountBoot', () => {
  it('says why, and leaves nothing behind, when there is no file system', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    await expect(mountBoot(device.path)).rejects.toThrow(
      `Cannot configure ${device.path}: the image's boot file system cannot be mounted (`,
    );
    expect(leftDirectories()).toEqual([]);
  });
});

describe('rereadPartitions', () => {
  it('lets the kernel see the table that is on the disk now', async () => {
    const { device, target, gpt, head } = await withoutTable({ layout: '2019' });
    await using _device = device;
    {
      await using writer = await DeviceWriter.open(target);
      await writer.write(0, head);
      await writer.flush();
    }
    await rereadPartitions(target);
    expect(inspectDevice(device.path).device?.partitions).toEqual(
      gpt.partitions.map(({ number, offsetBytes, sizeBytes }) => ({
        name: `${device.path.slice(5)}p${number}`,
        path: `${device.path}p${number}`,
        number,
        startBytes: offsetBytes,
        sizeBytes,
      })),
    );
    await rereadPartitions(target);
    expect(await probeFileSystem(`${device.path}p4`)).toMatchObject({
      type: 'ext4',
      label: 'root',
    });
  });
});

function partitionsOf({ path }: LoopDevice): string[] {
  const name = path.slice(5);
  return readdirSync(`/sys/block/${name}`)
    .filter((entry) => entry.startsWith(`${name}p`))
    .map((entry) => entry.slice(name.length));
}

/** Of this process: other tests may be at work. */
function leftDirectories(): string[] {
  const parent = '/run/coreos-installer';
  return existsSync(parent)
    ? readdirSync(parent).filter((name) => name.startsWith(`${process.pid}-`))
    : [];
}
