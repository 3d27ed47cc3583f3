import { dirname, join } from 'node:path';
import { getRawAsset, isSea } from 'node:sea';
import { withPrivateFile } from './private-file.ts';

/** What the addon can decompress. */
export type NativeFormat = 'xz' | 'gzip' | 'zstd';

/** One decoder of the addon (native/decoder.cpp). */
export interface AddonDecoder {
  /**
   * On libuv's thread pool: decodes until `input` is used up, all of `outputs` are full, the data
   * ends, or something is wrong; then calls back with the status (native/codec.h), the bytes used
   * and made, and what the library says of a failure. One call at a time; all arrays stay untouched
   * meanwhile.
   */
  code(
    input: Uint8Array,
    outputs: readonly Uint8Array[],
    callback: (status: number, usedBytes: number, madeBytes: number, message: string) => void,
  ): void;
  /** Frees the dictionary; nothing can be decoded any more. Not while it decodes. */
  close(): void;
}

/** A digest of the addon (native/hash.cpp). */
export interface AddonHash {
  /** On libuv's thread pool. One call at a time; the arrays stay untouched meanwhile. */
  update(arrays: readonly Uint8Array[], callback: (error?: Error) => void): void;
  /** Of all updates up to now; more may follow. Not while it works. */
  digest(): Buffer;
}

/**
 * Calls of the kernel (native/system.cpp): what they return, or a negative errno. See `system.ts`,
 * which makes errors of those.
 */
export interface AddonSystem {
  /** Never waits: LOCK_NB is added. */
  flock(fd: number, operation: number): number;
  /** Fills in the bytes, where the request does. */
  ioctl(fd: number, request: number, argument: number | Uint8Array): number;
  /** Adds a partition to what the kernel knows, or with a size of 0 takes it away (BLKPG). */
  partition(fd: number, number: number, startBytes: number, sizeBytes: number): number;
  /** On another thread; only where the device does it by itself, or the kernel for it. */
  zero(
    fd: number,
    startBytes: number,
    lengthBytes: number,
    callback: (error: Error | null, result: number) => void,
  ): void;
  /** On another thread; does not wait for the disk. */
  writeback(fd: number, callback: (error: Error | null, result: number) => void): void;
  /** On another thread; gives a descriptor that is the only way into the file system. */
  mount(
    source: string,
    directory: string,
    type: string,
    flags: number,
    data: string,
    callback: (error: Error | null, fd: number) => void,
  ): void;
}

export interface Addon {
  readonly system: AddonSystem;
  /** Throws an `Error` when there is no memory. */
  readonly Decoder: new (
    format: NativeFormat,
    memoryLimitBytes?: number,
  ) => AddonDecoder;
  /** Takes OpenSSL's name of a digest: `sha256`. */
  readonly Hash: new (
    algorithm: string,
  ) => AddonHash;
  /** On libuv's thread pool: one .xz stream with CRC32 (native/xz-pack.cpp); see `xz-pack.ts`. */
  readonly packXz: (
    inputs: readonly Uint8Array[],
    dictionaryBytes: number,
    callback: (error: Error | null, packed: Buffer) => void,
  ) => void;
  /** Of the liblzma inside: `5.8.1`. */
  readonly liblzmaVersion: string;
  /** Where that comes from: `Debian 5.8.1-1+deb13u2`. */
  readonly liblzmaOrigin: string;
}

const fileName = 'native.node';
let loaded: Addon | undefined;

/**
 * The native addon, loaded at its first use: from inside the packaged binary, or in a checkout
 * from `build/linux-ARCH`, where `make` has put it. Throws an `Error` that says what to do.
 */
export function loadAddon(): Addon {
  loaded ??= isSea() ? loadPackaged() : loadBuilt();
  return loaded;
}

/** The liblzma in use, such as `5.8.1 (Debian 5.8.1-1+deb13u2)`. */
export function describeLiblzma(): string {
  const { liblzmaVersion, liblzmaOrigin } = loadAddon();
  return `${liblzmaVersion} (${liblzmaOrigin})`;
}

function loadBuilt(): Addon {
  const path = join(import.meta.dirname, '../../build', `linux-${process.arch}`, fileName);
  try {
    return open(path);
  } catch (cause) {
    throw new Error(`Cannot load ${path}: ${reason(cause)}. Run make to build it.`, { cause });
  }
}

/**
 * The system loader takes only files, and only from a file system that permits execution, so the
 * asset is written to the first directory where that works.
 */
function loadPackaged(): Addon {
  const bytes = new Uint8Array(getRawAsset(fileName));
  const asked = process.env['TMPDIR'];
  const directories = ['/run', '/dev/shm', '/var/tmp', '/tmp', dirname(process.execPath)];
  if (asked !== undefined && asked !== '') directories.push(asked);

  const failures: string[] = [];
  for (const directory of directories) {
    try {
      return withPrivateFile(directory, bytes, open);
    } catch (error) {
      failures.push(`${directory}: ${reason(error)}`);
    }
  }
  throw new Error(
    `Cannot load the native part of this program from any directory (${failures.join('; ')}). ` +
      'Set TMPDIR to a writable directory on a file system that is not mounted noexec.',
  );
}

function open(path: string): Addon {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports as Addon;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
