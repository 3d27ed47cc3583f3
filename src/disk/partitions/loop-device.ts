import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ioctl, lockNow } from '../../native/system.ts';
import { hasCode, retryWhile } from '../../system/retry-while.ts';
import { run } from '../../system/run-command.ts';
import { findTool } from '../../system/tools.ts';

/** A part of a device, as a block device of its own. It is gone when this is disposed. */
export interface LoopDevice extends AsyncDisposable {
  /** `/dev/loop7` */
  readonly path: string;
}

export interface LoopOptions {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly sectorSizeBytes: number;
  readonly readOnly?: boolean;
  /** As on Linux before 5.8, for tests; by default it is detected. */
  readonly inSteps?: boolean;
}

/** Numbers and structures of linux/loop.h. */
const request = {
  getFree: 0x4c82,
  configure: 0x4c0a,
  setFd: 0x4c00,
  clearFd: 0x4c01,
  setStatus: 0x4c04,
  setBlockSize: 0x4c09,
} as const;
const infoBytes = 232;
const field = { offset: 24, sizeLimit: 32, flags: 52 } as const;
const flag = { readOnly: 1, autoclear: 4 } as const;

const { O_RDONLY, O_RDWR, O_EXCL } = constants;
const control = '/dev/loop-control';
const mostAttempts = 256;

/**
 * Makes sure that loop devices can be made, before a disk is touched. Throws the error of opening
 * what makes them.
 */
export async function requireLoopDevices(): Promise<void> {
  await using file = await openControl();
  // Nobody makes its node where /dev is no devtmpfs, as in some containers.
  await using _loop = await open(freeLoopDevice(file), O_RDONLY);
}

function freeLoopDevice({ fd }: FileHandle): string {
  return `/dev/loop${ioctl(fd, 'LOOP_CTL_GET_FREE', request.getFree)}`;
}

/**
 * A block device that is a part of another one, even if that is claimed: no partition appears, so
 * there is none that anything else (udev) could use or remove. It vanishes with its last user, also
 * when this process is killed. Disposing waits for its other users, and throws EBUSY when one of
 * them keeps it.
 */
export async function openLoopDevice(backing: string, options: LoopOptions): Promise<LoopDevice> {
  const { path, file } = await attach(backing, options);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await using _last = file;
      await unclaimed(path);
    },
  };
}

interface Attached {
  readonly path: string;
  readonly file: FileHandle;
}

async function attach(backing: string, options: LoopOptions): Promise<Attached> {
  await using controlFile = await openControl();
  await using under = await open(backing, options.readOnly ? O_RDONLY : O_RDWR);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attachTo(freeLoopDevice(controlFile), under.fd, options);
    } catch (error) {
      // Another program has taken that one first: ask for the next.
      if (!hasCode('EBUSY')(error) || attempt === mostAttempts) throw error;
    }
  }
}

async function attachTo(path: string, under: number, options: LoopOptions): Promise<Attached> {
  await using configured = await open(path, options.readOnly ? O_RDONLY : O_RDWR);
  await configure(configured.fd, under, options);
  // Only this stays open: a kernel may refuse to mount what somebody has open for writing
  // (bdev_allow_write_mounted in its admin-guide/kernel-parameters).
  const file = await open(path, O_RDONLY);
  // As on the disk: udev, which probes every new device, leaves it alone.
  try {
    lockNow(file.fd);
  } catch {
    // It is probing already, and will be done soon.
  }
  return { path, file };
}

async function configure(loop: number, under: number, options: LoopOptions): Promise<void> {
  const { offsetBytes, sizeBytes, sectorSizeBytes, readOnly, inSteps } = options;
  const info = Buffer.alloc(infoBytes);
  info.writeBigUInt64LE(BigInt(offsetBytes), field.offset);
  info.writeBigUInt64LE(BigInt(sizeBytes), field.sizeLimit);
  info.writeUInt32LE(flag.autoclear | (readOnly ? flag.readOnly : 0), field.flags);
  if (!inSteps) {
    const config = Buffer.alloc(8 + infoBytes + 64);
    config.writeUInt32LE(under, 0);
    config.writeUInt32LE(sectorSizeBytes, 4);
    info.copy(config, 8);
    try {
      ioctl(loop, 'LOOP_CONFIGURE', request.configure, config);
      return;
    } catch (error) {
      // Linux before 5.8 does not know that; where it does, the steps will fail in the same way.
      if (!hasCode('EINVAL', 'ENOTTY')(error)) throw error;
    }
  }
  ioctl(loop, 'LOOP_SET_FD', request.setFd, under);
  // From here on udev may read from it, and old kernels take no other offset meanwhile (EAGAIN).
  const step = (name: string, what: number, argument: number | Uint8Array) =>
    retryWhile(() => ioctl(loop, name, what, argument), hasCode('EAGAIN'));
  try {
    await step('LOOP_SET_STATUS64', request.setStatus, info);
    if (sectorSizeBytes !== 512)
      await step('LOOP_SET_BLOCK_SIZE', request.setBlockSize, sectorSizeBytes);
  } catch (error) {
    // It does not vanish by itself yet.
    ioctl(loop, 'LOOP_CLR_FD', request.clearFd);
    throw error;
  }
}

/** A file system claims what it is mounted from, while it is mounted anywhere. */
async function unclaimed(path: string): Promise<void> {
  await retryWhile(async () => (await open(path, O_RDONLY | O_EXCL)).close(), hasCode('EBUSY'));
}

/** The driver may be a module that nothing has needed until now. */
async function openControl(): Promise<FileHandle> {
  try {
    return await open(control, O_RDWR);
  } catch (error) {
    if (!hasCode('ENOENT', 'ENODEV', 'ENXIO')(error) || !findTool('modprobe')) throw error;
    await run('modprobe', ['loop']).catch(() => undefined);
    return await open(control, O_RDWR);
  }
}
