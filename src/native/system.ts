import { close } from 'node:fs';
import { getSystemErrorMessage, getSystemErrorName, promisify } from 'node:util';
import { loadAddon } from './addon.ts';

/**
 * What the kernel offers, and Node does not. All throw an error with a `code`, such as EBUSY, as Node's
 * own functions do; the numbers are those of Linux on x86-64 and arm64 alike.
 */

const lockExclusive = 2; // LOCK_EX

/** An exclusive BSD lock, until the file is closed; EAGAIN when somebody has one. See flock(2). */
export function lockNow(fd: number): void {
  checked('flock', loadAddon().system.flock(fd, lockExclusive));
}

/** See ioctl(2): the argument is a number, or memory that is read and filled in. */
export function ioctl(
  fd: number,
  name: string,
  request: number,
  argument: number | Uint8Array = 0,
): number {
  return checked(name, loadAddon().system.ioctl(fd, request, argument));
}

export interface PartitionRange {
  readonly number: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** Adds a partition of an open disk to what the kernel knows; EBUSY where it has one there. */
export function addPartition(fd: number, { number, startBytes, sizeBytes }: PartitionRange): void {
  checked('BLKPG', loadAddon().system.partition(fd, number, startBytes, sizeBytes));
}

/** Makes the kernel forget a partition of an open disk; EBUSY while somebody has it open. */
export function deletePartition(fd: number, number: number): void {
  checked('BLKPG', loadAddon().system.partition(fd, number, 0, 0));
}

/** Zeroes a range of whole sectors of an open device, without writing where the device can do that. */
export async function zeroRange(fd: number, startBytes: number, lengthBytes: number) {
  await later('fallocate', (done) => loadAddon().system.zero(fd, startBytes, lengthBytes, done));
}

/** Has the kernel begin to write what of a file waits in the page cache; it is not on the disk then. */
export async function startWriteback(fd: number): Promise<void> {
  await later('sync_file_range', (done) => loadAddon().system.writeback(fd, done));
}

export interface PrivateMount {
  /** The block device. */
  readonly source: string;
  /** The mount point for a moment; the directory is empty again afterwards. */
  readonly directory: string;
  /** `ext4` */
  readonly type: string;
  /** Of mount(2). */
  readonly flags: number;
  /** The file system's own options, `norecovery`. */
  readonly data: string;
}

/**
 * Mounts a file system that nobody else can see or keep: no mount namespace shows it, and the
 * directory behind `fd` (`/proc/self/fd/N`) is the only way in. Closing that unmounts, and so does
 * the end of this process, whatever ends it.
 */
export async function mountPrivately(mount: PrivateMount): Promise<number> {
  const { source, directory, type, flags, data } = mount;
  return await later('mount', (done) =>
    loadAddon().system.mount(source, directory, type, flags, data, done),
  );
}

/** On another thread: closing may write much. */
export const closeFd: (fd: number) => Promise<void> = promisify(close);

async function later(
  call: string,
  start: (done: (error: Error | null, result: number) => void) => void,
): Promise<number> {
  const result = await new Promise<number>((resolve, reject) =>
    start((error, result) => (error ? reject(error) : resolve(result))),
  );
  return checked(call, result);
}

function checked(call: string, result: number): number {
  if (result >= 0) return result;
  const code = getSystemErrorName(result);
  const message = `${code}: ${getSystemErrorMessage(result)}, ${call}`;
  throw Object.assign(new Error(message), { code, errno: result, syscall: call });
}
