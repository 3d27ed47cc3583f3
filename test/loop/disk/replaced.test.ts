import { execFileSync, spawnSync } from 'node:child_process';
import { constants, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { DeviceFile } from '../../../src/disk/own/device-file.ts';
import { mountBoot } from '../../../src/disk/partitions/mount.ts';
import { WriteError } from '../../../src/lib/errors.ts';
import { fixture } from '../../support/fixture.ts';
import { unexpectedDifferences } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { type LoopDevice, loopDevice } from '../../support/loop-device.ts';
import { targetOf } from '../../support/loop-target.ts';
import { oldBytes } from '../../support/old-bytes.ts';

const mib = 1024 * 1024;
const losetup = (...args: string[]) => execFileSync('losetup', args);

/** Takes the disk out, until this is disposed. */
function unplug({ path, backingFile }: LoopDevice): Disposable {
  losetup('--detach', path);
  return { [Symbol.dispose]: () => losetup(path, backingFile) };
}

/** Puts another disk of the same size in its place, until this is disposed. */
function replace(device: LoopDevice, sizeBytes: number): Disposable & { readonly file: string } {
  const file = join(dirname(device.backingFile), 'other.img');
  writeFileSync(file, oldBytes(0, sizeBytes));
  losetup('--detach', device.path);
  losetup(device.path, file);
  return {
    file,
    [Symbol.dispose]() {
      losetup('--detach', device.path);
      losetup(device.path, device.backingFile);
    },
  };
}

/** Lets another device be found by a device's name, until this is disposed; both are there. */
function hide({ path }: LoopDevice, other: LoopDevice): Disposable {
  execFileSync('mount', ['--bind', other.path, path]);
  return { [Symbol.dispose]: () => execFileSync('umount', [path]) };
}

const isUntouched = (file: string) => readFileSync(file).equals(oldBytes(0, 4 * mib));
const boot = { offsetBytes: mib, sizeBytes: mib, type: 'ext4' } as const;

test('a device that is gone is neither written to nor configured', async () => {
  await using device = await loopDevice({ sizeBytes: 4 * mib });
  const target = targetOf(device);
  using _ = unplug(device);
  const gone = `Cannot continue with ${device.path}: the device is gone. Connect it again`;
  await expect(DeviceFile.open(target)).rejects.toThrow(gone);
  await expect(mountBoot(target, boot)).rejects.toThrow(gone);
});

test('nor is another one in its place, though it has its name, number and size', async () => {
  await using device = await loopDevice({ sizeBytes: 4 * mib });
  const target = targetOf(device);
  using other = replace(device, 4 * mib);
  expect({ ...targetOf(device), diskseq: target.diskseq }).toEqual(target);
  await expect(DeviceFile.open(target)).rejects.toThrow(WriteError);
  await expect(DeviceFile.open(target)).rejects.toThrow('another device has taken its place');
  await expect(mountBoot(target, boot)).rejects.toThrow('has taken its place');
  expect(isUntouched(other.file)).toBe(true);
});

test('nor is another one that its name leads to, while it is still there itself', async () => {
  await using device = await loopDevice({ sizeBytes: 4 * mib });
  await using other = await loopDevice({ sizeBytes: 4 * mib });
  const target = targetOf(device);
  using _ = hide(device, other);
  const elsewhere = 'its name leads to another device now';
  await expect(DeviceFile.open(target)).rejects.toThrow(elsewhere);
  await expect(DeviceFile.open(target, { readOnly: true })).rejects.toThrow(elsewhere);
  await expect(DeviceFile.open(target)).rejects.toThrow(WriteError);
  // It was closed again.
  await using claim = await open(other.path, constants.O_RDWR | constants.O_EXCL);
  expect(claim.fd).toBeGreaterThan(0);
});

test('while the image is fetched for the plan, no other disk gets its name', async () => {
  let unplugged: Disposable | undefined;
  let disk: LoopDevice | undefined;
  let attempt: unknown;
  await using it = await fixture({
    server: {
      fault: (_, { url, headers }) => {
        // The image's end is asked for when the disk has been chosen.
        if (url !== '/image' || !headers.range || !disk || unplugged) return undefined;
        unplugged = unplug(disk);
        attempt = spawnSync('losetup', [disk.path, it.imagePath], { encoding: 'utf8' }).stderr;
        return undefined;
      },
    },
  });
  disk = it.disk;
  const image = readFileSync(it.imagePath);
  try {
    const result = await runInstaller({ args: it.args });
    expect(attempt).toContain('Device or resource busy');
    expect(result.exitCode, result.stderr).toBe(0);
    expect(await unexpectedDifferences(it.imagePath, it.disk.backingFile)).toEqual([]);
    expect(image.equals(readFileSync(it.imagePath))).toBe(true);
  } finally {
    if (attempt === '') losetup('--detach', it.disk.path);
    unplugged?.[Symbol.dispose]();
  }
});

test('a disk that somebody detaches while it is written stays until it is installed', async () => {
  let unplugged: Disposable | undefined;
  let disk: LoopDevice | undefined;
  let downloads = 0;
  await using it = await fixture({
    image: { rootSizeBytes: 24 * mib, fillBytes: 16 * mib },
    server: {
      fault: (_, { url, headers }) => {
        if (url !== '/image' || headers.range?.startsWith('bytes=-') || !disk) return undefined;
        // More than is fetched ahead: when the rest is asked for, the disk is written to.
        if (++downloads === 1) return { cutAfterBytes: 12 * mib };
        unplugged ??= unplug(disk);
        return undefined;
      },
    },
  });
  disk = it.disk;
  try {
    const result = await runInstaller({ args: it.args });
    expect(unplugged).toBeDefined();
    expect(result.exitCode, result.stderr).toBe(0);
    expect(await unexpectedDifferences(it.imagePath, it.disk.backingFile)).toEqual([]);
  } finally {
    unplugged?.[Symbol.dispose]();
  }
});
