import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readText } from '../../src/system/kernel-files.ts';
import { oldBytes } from './old-bytes.ts';
import { forgetPartitions } from './partitions.ts';

export interface LoopDeviceOptions {
  readonly sizeBytes: number;
  readonly sectorSizeBytes?: 512 | 4096;
  readonly readOnly?: boolean;
  /** The file is not kept in the page cache, as a disk has none behind it. */
  readonly directIo?: boolean;
  /** Its initial content: bytes of earlier use, or zeros (which take no space). */
  readonly content?: 'old' | 'zeros';
  /** An existing backing file; it is not removed. */
  readonly backingFile?: string;
}

export interface LoopDevice extends AsyncDisposable {
  /** `/dev/loop3`. */
  readonly path: string;
  readonly backingFile: string;
}

const standing = new Set<string>();

/** The loop devices that this process has set up and not detached yet. */
export const ownLoopDevices: ReadonlySet<string> = standing;

/**
 * A block device on a new file, full of old bytes. Disposing unmounts it, ends its swap, forgets its
 * partitions, detaches it and removes the file, whatever the test did.
 */
export async function loopDevice(options: LoopDeviceOptions): Promise<LoopDevice> {
  const directory = await mkdtemp(join(tmpdir(), 'coreos-installer-test-'));
  try {
    const backingFile = options.backingFile ?? join(directory, 'disk.img');
    if (!options.backingFile) makeFile(backingFile, options);
    const path = attach(backingFile, options);
    standing.add(path);
    return {
      path,
      backingFile,
      async [Symbol.asyncDispose]() {
        standing.delete(path);
        await detach(path, backingFile);
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Filling a larger disk takes too much time and space for a test. */
const mostOldBytes = 256 * 1024 * 1024;

function makeFile(path: string, { sizeBytes, content = 'old' }: LoopDeviceOptions): void {
  if (content === 'old' && sizeBytes > mostOldBytes)
    throw new Error(`${sizeBytes} bytes are too many to fill: use content 'zeros' for such a disk`);
  const file = openSync(path, 'wx');
  try {
    if (content === 'old') writeSync(file, oldBytes(0, sizeBytes));
    else truncateSync(path, sizeBytes);
  } finally {
    closeSync(file);
  }
}

function attach(
  backingFile: string,
  { sectorSizeBytes = 512, readOnly, directIo }: LoopDeviceOptions,
): string {
  const args = ['--find', '--show', '--sector-size', String(sectorSizeBytes)];
  if (readOnly) args.push('--read-only');
  if (directIo) args.push('--direct-io=on');
  const path = call('losetup', [...args, backingFile]).trim();
  assertOurs(path, backingFile);
  return path;
}

/** The loop devices on a device, by name. */
export function loopsOn(path: string): string[] {
  return readdirSync('/sys/block').filter((name) => {
    // Undefined where there is none, also of one that is detached at this moment.
    return readText(`/sys/block/${name}/loop/backing_file`) === path;
  });
}

/** The tests' safeguard against writing to a real disk. */
export function assertOurs(path: string, backingFile: string): void {
  if (!/^\/dev\/loop\d+$/.test(path)) throw new Error(`${path} is not a loop device`);
  const backing = readFileSync(`/sys/block/${path.slice(5)}/loop/backing_file`, 'utf8').trim();
  if (backing !== backingFile) throw new Error(`${path} is backed by ${backing}, not by our file`);
}

async function detach(path: string, backingFile: string): Promise<void> {
  assertOurs(path, backingFile);
  const isPart = (name: string) => name === path || name.startsWith(`${path}p`);
  for (const [source, target] of lines('/proc/self/mounts').toReversed()) {
    if (source && target && isPart(source)) call('umount', [target.replaceAll('\\040', ' ')]);
  }
  for (const [name] of lines('/proc/swaps')) if (name && isPart(name)) call('swapoff', [name]);
  await forgetPartitions(path);
  call('losetup', ['--detach', path]);
}

function lines(file: string): string[][] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(/\s+/));
}

function call(tool: string, args: readonly string[]): string {
  return execFileSync(tool, args, {
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
