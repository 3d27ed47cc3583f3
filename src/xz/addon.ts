import { dirname, join } from 'node:path';
import { getRawAsset, isSea } from 'node:sea';
import { withPrivateFile } from './private-file.ts';

/**
 * One liblzma stream decoder (native/xz_decoder.cpp), for `.xz` streams of any filters and checks,
 * without a limit on memory. The constructor throws an `Error` when there is no memory.
 */
export interface LzmaDecoder {
  /**
   * On libuv's thread pool: decodes until `input` is used up, `output` is full, the stream ends,
   * or something is wrong; then calls back with the `lzma_ret` and the bytes used and made. One
   * call at a time; both arrays stay untouched meanwhile.
   */
  code(
    input: Uint8Array,
    output: Uint8Array,
    callback: (lzmaRet: number, usedBytes: number, madeBytes: number) => void,
  ): void;
  /** Frees the dictionary; nothing can be decoded any more. Not while it decodes. */
  close(): void;
}

export interface XzAddon {
  readonly Decoder: new () => LzmaDecoder;
  /** Of the liblzma inside: `5.8.1`. */
  readonly liblzmaVersion: string;
}

const fileName = 'xz_decoder.node';
let loaded: XzAddon | undefined;

/**
 * The native addon, loaded at its first use: from inside the packaged binary, or in a checkout
 * from `build/linux-ARCH`, where `make` has put it. Throws an `Error` that says what to do.
 */
export function loadAddon(): XzAddon {
  loaded ??= isSea() ? loadPackaged() : loadBuilt();
  return loaded;
}

/** Version of the liblzma in use, such as `5.8.1`. */
export function liblzmaVersion(): string {
  return loadAddon().liblzmaVersion;
}

function loadBuilt(): XzAddon {
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
function loadPackaged(): XzAddon {
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
    `Cannot load the xz decoder from any directory (${failures.join('; ')}). ` +
      'Set TMPDIR to a writable directory on a file system that is not mounted noexec.',
  );
}

function open(path: string): XzAddon {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports as XzAddon;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
