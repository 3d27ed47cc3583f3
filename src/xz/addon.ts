import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { getRawAsset, isSea } from 'node:sea';

/** Error of liblzma: `name` is `LZMA_DATA_ERROR` and so on, `code` its `lzma_ret` number. */
export interface LzmaError extends Error {
  readonly code: number;
  readonly desc: string;
}

/**
 * One liblzma coder, as lzma-native's C++ has it (its JavaScript is not used).
 *
 * Start it with `streamDecoder_`, which throws `LzmaError`, then hand it input with
 * `code`. A handed-over chunk is copied, and is decoded to its end before anything is reported:
 * memory is bounded only by the size of the chunks. After the end or an error the underlying
 * coder is gone; the object can be started again.
 */
export interface LzmaStream {
  /**
   * Called for everything that happens: `(bytes)` for each buffer of output, `(null, undefined,
   * null)` at the end of the stream, `(null, undefined, error)` for an error, and `(undefined,
   * count)` when `count` chunks of input are used up.
   */
  bufferHandler: (
    bytes: Buffer | null | undefined,
    usedChunks: number | undefined,
    error: LzmaError | null | undefined,
    totalInBytes: number | null,
    totalOutBytes: number | null,
  ) => void;
  /** Decodes a chunk, in libuv's thread pool when `async`. Undefined says that no more follows. */
  code(chunk: Uint8Array | undefined, async: boolean): void;
  /** Size of the output buffers, 64 KiB unless set. Returns the former one. Never pass null. */
  setBufsize(sizeBytes: number): number;
  /** Frees the coder and its dictionary. Waits for a chunk that is being decoded. */
  resetUnderlying(): void;
  /** `.xz`; no memory limit when null; `flags` are liblzma's. */
  streamDecoder_(memoryLimitBytes: number | null, flags: number): number;
}

/** What we use of lzma-native's compiled half. */
export interface LzmaAddon {
  readonly Stream: new () => LzmaStream;
  /** Of the liblzma inside: `5.8.1`. */
  versionString(): string;
  readonly MEM_ERROR: number;
  readonly MEMLIMIT_ERROR: number;
  readonly OPTIONS_ERROR: number;
}

const fileName = 'lzma_native.node';
let loaded: LzmaAddon | undefined;

/**
 * The native addon, loaded at its first use: from inside the packaged binary, or in a checkout
 * from `build/linux-ARCH`, where `make` has put it. Throws an `Error` that says what to do.
 */
export function loadAddon(): LzmaAddon {
  loaded ??= isSea() ? loadPackaged() : loadBuilt();
  return loaded;
}

/** Version of the liblzma in use, such as `5.8.1`. */
export function liblzmaVersion(): string {
  return loadAddon().versionString();
}

function loadBuilt(): LzmaAddon {
  const path = join(import.meta.dirname, '../../build', `linux-${process.arch}`, fileName);
  try {
    return open(path);
  } catch (cause) {
    throw new Error(`Cannot load ${path}: ${reason(cause)}. Run make to build it.`, { cause });
  }
}

/**
 * The system loader takes only files, and only from a file system that permits execution, so the
 * asset is written to the first directory where that works, and its name is removed at once.
 */
function loadPackaged(): LzmaAddon {
  const bytes = new Uint8Array(getRawAsset(fileName));
  const asked = process.env['TMPDIR'];
  const directories = ['/run', '/dev/shm', '/var/tmp', '/tmp', dirname(process.execPath)];
  if (asked !== undefined && asked !== '') directories.unshift(asked);

  const failures: string[] = [];
  for (const directory of directories) {
    const path = join(directory, `.coreos-installer-${randomUUID()}.node`);
    try {
      writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' });
      return open(path);
    } catch (error) {
      failures.push(`${directory}: ${reason(error)}`);
    } finally {
      rmSync(path, { force: true });
    }
  }
  throw new Error(
    `Cannot load the xz decoder from any directory (${failures.join('; ')}). ` +
      'Set TMPDIR to a writable directory on a file system that is not mounted noexec.',
  );
}

function open(path: string): LzmaAddon {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports as LzmaAddon;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
