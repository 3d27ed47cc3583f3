import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InputError, ParameterError } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import { BackgroundHash } from '../native/hash.ts';
import {
  type ByteSource,
  notFoundCode,
  type OpenSource,
  type Purpose,
  UnavailableError,
} from './source.ts';

const chunkSizeBytes = 256 * 1024;
const leaveAlone = 'Do not change the file during the installation, and run it again.';

/** A regular file. Its size is what it was when it was opened; a file that shrinks is an error. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly #path: string;
  readonly #purpose: Purpose | undefined;

  /** `name`: what messages call it, if not by its path. */
  constructor(path: string, purpose?: Purpose, name = path) {
    this.name = name;
    this.#path = path;
    this.#purpose = purpose;
  }

  /** Takes `file:///path` and `file://localhost/path`; throws `ParameterError` for anything else. */
  static fromUrl(location: string, purpose?: Purpose): FileSource {
    try {
      return new FileSource(fileURLToPath(location), purpose);
    } catch (cause) {
      throw new ParameterError(
        {
          code: 'invalid-url',
          failed: `Cannot use ${location}`,
          why: 'it is not a valid URL of a local file',
          next: 'Write it with three slashes, file:///path/to/file, or give the plain path.',
        },
        { cause },
      );
    }
  }

  async open(signal: AbortSignal): Promise<OpenSource> {
    signal.throwIfAborted();
    const { sizeBytes } = await this.#openFile(async (_, size) => ({ sizeBytes: size }));
    const delivered = new BackgroundHash('sha256');
    return {
      sizeBytes,
      bytes: this.#read(sizeBytes, delivered, signal),
      sha256: () => delivered.digest(),
    };
  }

  async tail(
    lengthBytes: number,
    sizeBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    signal.throwIfAborted();
    return this.#openFile(async (file, foundBytes) => {
      if (foundBytes !== sizeBytes) return undefined;
      const bytes = Buffer.allocUnsafe(Math.min(lengthBytes, sizeBytes));
      const start = sizeBytes - bytes.length;
      for (let filled = 0; filled < bytes.length; ) {
        filled += await this.#readAt(file, bytes.subarray(filled), start + filled, sizeBytes);
      }
      return bytes;
    });
  }

  /** Opened only when it is read, so that an unread source keeps no file open. */
  async *#read(
    sizeBytes: number,
    delivered: BackgroundHash,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    await using file = await open(this.#path, constants.O_RDONLY).catch((cause) =>
      this.#fail(cause),
    );
    // A reader that stops early need not close it.
    const close = () => void file.close().catch(() => undefined);
    signal.addEventListener('abort', close);
    try {
      signal.throwIfAborted();
      if ((await file.stat()).size !== sizeBytes) {
        throw this.#error('file-changed', 'it changed while it was in use', leaveAlone);
      }
      for (let position = 0; position < sizeBytes; ) {
        signal.throwIfAborted();
        const chunk = Buffer.allocUnsafeSlow(Math.min(chunkSizeBytes, sizeBytes - position));
        const length = await this.#readAt(file, chunk, position, sizeBytes);
        position += length;
        const bytes = chunk.subarray(0, length);
        await delivered.update(bytes);
        yield bytes;
      }
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  async #openFile<T>(use: (file: FileHandle, sizeBytes: number) => Promise<T>): Promise<T> {
    // Opening a named pipe would wait for its writer, so the kind is checked first.
    const { size, kind } = await stat(this.#path).then(
      (found) => ({
        size: found.size,
        kind: found.isFile() ? 'file' : found.isDirectory() ? 'a directory' : 'not a regular file',
      }),
      (cause) => this.#fail(cause),
    );
    if (kind !== 'file') {
      throw this.#error('file-not-regular', `it is ${kind}`, 'Give the path of the file itself.');
    }
    await using file = await open(this.#path, constants.O_RDONLY).catch((cause) =>
      this.#fail(cause),
    );
    return await use(file, size);
  }

  async #readAt(
    file: FileHandle,
    into: Uint8Array,
    position: number,
    sizeBytes: number,
  ): Promise<number> {
    const { bytesRead } = await file
      .read(into, 0, into.length, position)
      .catch((cause) => this.#fail(cause));
    if (bytesRead === 0) {
      throw this.#error(
        'file-changed',
        `it became shorter while it was read: it ended after ${position} of ${sizeBytes} bytes`,
        leaveAlone,
      );
    }
    return bytesRead;
  }

  #fail(cause: NodeJS.ErrnoException): never {
    const [why, next] = reasons[cause.code ?? ''] ?? [
      `reading it failed with ${cause.code ?? cause.message}`,
      'Check the disk or the medium that holds it.',
    ];
    if (cause.code !== 'ENOENT') throw this.#error('file-unreadable', why, next, cause);
    const code = notFoundCode(this.#purpose);
    throw new UnavailableError({ code, failed: `Cannot read ${this.name}`, why, next }, { cause });
  }

  #error(code: FailureCode<'input'>, why: string, next: string, cause?: unknown): InputError {
    return new InputError({ code, failed: `Cannot read ${this.name}`, why, next }, { cause });
  }
}

const reasons: Readonly<Record<string, readonly [why: string, next: string]>> = {
  ENOENT: ['there is no such file', 'Check the path.'],
  ENOTDIR: ['a part of its path is not a directory', 'Check the path.'],
  ELOOP: ['its symbolic links form a loop', 'Check the path.'],
  ENAMETOOLONG: ['its path is too long', 'Check the path.'],
  EACCES: ['permission is denied', 'Run as root, or make the file readable.'],
  EPERM: ['permission is denied', 'Run as root, or make the file readable.'],
};
