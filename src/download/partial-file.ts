import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isZero } from '../lib/bytes.ts';
import { WriteError } from '../lib/errors.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { hasCode } from '../system/retry-while.ts';
import { openOwn, readOwn } from './own-files.ts';
import { WriteBehind } from './write-behind.ts';
import { writeError } from './write-error.ts';

/** Whatever the umask is, no other user can change what was verified: see `isOurs`. */
const finalMode = 0o644;

/** What a later run needs to go on with a file. */
export interface Continuation {
  readonly lengthBytes: number;
  readonly sizeBytes: number;
  readonly validator: string;
}

/**
 * A file that is being saved: hidden next to its final place, under a name of its own, until all of it
 * has been verified. What a run that was interrupted has got stays, and the next one goes on with it.
 * One run at a time has it.
 */
export class PartialFile implements AsyncDisposable {
  readonly #path: string;
  readonly #notePath: string;
  readonly #file: FileHandle;
  #behind: WriteBehind | undefined;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#notePath = `${path}.json`;
    this.#file = file;
    this.#behind = new WriteBehind(file.fd);
  }

  /** Throws `WriteError` where the directory cannot be written to, or another run has the file. */
  static async open(directory: string, name: string): Promise<PartialFile> {
    const path = join(directory, `.${name}.partial`);
    try {
      return new PartialFile(path, await openOwn(path));
    } catch (error) {
      if (error instanceof WriteError) throw error;
      if (!hasCode('EAGAIN')(error)) throw writeError(path, error);
      throw new WriteError(
        {
          code: 'output-in-use',
          failed: `Cannot write ${path}`,
          why: 'another coreos-installer is saving the same file',
          next: 'Wait until it has ended.',
        },
        { cause: error },
      );
    }
  }

  /** Its path, until it is published or discarded. */
  get name(): string {
    return this.#path;
  }

  /** For reading what is there. */
  get file(): FileHandle {
    return this.#file;
  }

  /** What an earlier run has got of the file at `url`; undefined for nothing that is of use. */
  async continuation(url: string): Promise<Continuation | undefined> {
    const { size } = await this.#file.stat();
    const note = await readNote(this.#notePath);
    if (note === undefined || note.url !== fingerprint(url)) return undefined;
    // A server that has nothing to add could not say that it still is the same file.
    const lengthBytes = Math.min(size, note.sizeBytes - 1);
    return lengthBytes > 0 ? { ...note, lengthBytes } : undefined;
  }

  /** Keeps what a later run needs, or that it cannot go on. */
  async note(url: string, sizeBytes: number | undefined, validator: string | undefined) {
    await this.forget();
    if (sizeBytes === undefined || validator === undefined) return;
    const note: Note = { url: fingerprint(url), sizeBytes, validator };
    await this.#orWriteError(replaceFile(this.#notePath, JSON.stringify(note)));
  }

  /** A later run begins from the first byte. */
  async forget(): Promise<void> {
    await this.#orWriteError(rm(this.#notePath, { force: true }));
  }

  async #orWriteError(work: Promise<void>): Promise<void> {
    await work.catch((error) => {
      throw writeError(this.#notePath, error);
    });
  }

  /** Writes all of the bytes at that place. Throws `WriteError`. */
  async write(offsetBytes: number, bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(
          bytes,
          at,
          bytes.length - at,
          offsetBytes + at,
        );
        at += bytesWritten;
      }
      this.#behind?.count(bytes.length);
    } catch (error) {
      throw writeError(this.#path, error);
    }
  }

  /** The same in a file that begins empty: zeros are not written, and take no room. */
  async writeSparse(offsetBytes: number, bytes: Uint8Array): Promise<void> {
    if (!isZero(bytes)) await this.write(offsetBytes, bytes);
  }

  /** Ends the file there: what is beyond is lost, or zeros are added. */
  async end(sizeBytes: number): Promise<void> {
    await this.#file.truncate(sizeBytes).catch((error) => {
      throw writeError(this.#path, error);
    });
  }

  /** Gives the file its final name, in place of an older one; it is on the disk then. */
  async publish(path: string): Promise<void> {
    try {
      await this.#file.chmod(finalMode & ~process.umask());
      await this.#file.sync();
      await rename(this.#path, path);
      await this.forget();
      await syncDirectory(dirname(path));
    } catch (error) {
      throw writeError(path, error);
    }
  }

  /** What was received is not what was meant: nobody is to go on with it. */
  async discard(): Promise<void> {
    // A file without a name need not reach the disk.
    await this.#behind?.settled();
    this.#behind = undefined;
    await this.forget();
    await this.#orWriteError(rm(this.#path, { force: true }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#behind?.settled();
    await this.#file.close();
  }
}

/** Removes a signature of an older file: it would never fit the new one. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error) => {
    throw writeError(path, error);
  });
}

/** Writes a small file whole, under its final name at once. */
export async function saveSmallFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(path, bytes, { mode: finalMode, sync: true });
  } catch (error) {
    throw writeError(path, error);
  }
}

interface Note {
  readonly url: string;
  readonly sizeBytes: number;
  readonly validator: string;
}

const noteLimitBytes = 4096;

/** Whatever is odd about it: then there is none. */
async function readNote(path: string): Promise<Note | undefined> {
  try {
    const text = (await readOwn(path, noteLimitBytes))?.toString() ?? '';
    const { url, sizeBytes, validator } = JSON.parse(text) as Partial<Note>;
    const sound =
      typeof url === 'string' &&
      Number.isSafeInteger(sizeBytes) &&
      typeof validator === 'string' &&
      /^[\x20-\x7e\x80-\xff]+$/.test(validator);
    return sound ? { url, sizeBytes: sizeBytes as number, validator } : undefined;
  } catch {
    return undefined;
  }
}

/** Of a URL that may hold a secret. */
const fingerprint = (url: string) => createHash('sha256').update(url).digest('hex');

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  await directory.sync();
}
