import { randomBytes } from 'node:crypto';
import {
  type FileHandle,
  link,
  lstat,
  open,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WriteError } from '../lib/errors.ts';
import { onLostOutput } from '../system/standard-output.ts';

/** The bytes, in pieces that are valid until the next is asked for. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface FileOptions {
  /** Whether an existing file is replaced; a device, a pipe or a socket is written to. */
  readonly replaces?: boolean;
  /** Default: for its owner only, because customizations contain secrets. */
  readonly mode?: number | undefined;
}

/**
 * Writes to a new file, which has its name when all of it is on the disk; never in place of a file that
 * is there, unless that is to be replaced. Throws `WriteError`.
 */
export async function writeNewFile(
  path: string,
  pieces: Pieces,
  { replaces = false, mode = 0o600 }: FileOptions = {},
): Promise<void> {
  try {
    // What would be refused at the end is refused before anything is written.
    if (!replaces) await requireFree(path);
    const old = replaces ? await stat(path).catch(() => undefined) : undefined;
    if (old && !old.isFile()) {
      await using special = await open(path, 'w');
      for await (const piece of pieces) await writeAll(special, piece);
      return;
    }
    // A link stays one: what it leads to is replaced, and keeps its mode.
    const target = old ? await realpath(path) : path;
    await writeAndName(
      target,
      pieces,
      old ? { replaces, mode: old.mode & 0o777 } : { replaces, mode },
    );
  } catch (error) {
    throw outputError(path, error);
  }
}

/** Throws `WriteError` where there is something with that path. */
export async function requireFree(path: string): Promise<void> {
  const isThere = (await lstat(path).catch(() => undefined)) !== undefined;
  if (isThere) throw outputError(path, exists());
}

/** A name may have 255 bytes, that is 63 characters of any kind. */
const mostCharacters = 40;

function temporaryBeside(path: string): string {
  const beginning = [...basename(path)].slice(0, mostCharacters).join('');
  return join(dirname(path), `.${beginning}.${randomBytes(8).toString('hex')}`);
}

async function writeAndName(
  path: string,
  pieces: Pieces,
  { replaces, mode }: { readonly replaces: boolean; readonly mode: number },
): Promise<void> {
  const temporary = temporaryBeside(path);
  await using file = await open(temporary, 'wx', mode);
  try {
    for await (const piece of pieces) await writeAll(file, piece);
    if (replaces) await file.chmod(mode);
    await file.sync();
    await (replaces ? rename(temporary, path) : give(temporary, path));
  } finally {
    await unlink(temporary).catch(() => {});
  }
  await using directory = await open(dirname(path), 'r');
  await directory.sync();
}

/** All bytes, at the file's current position or at this one. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, startBytes?: number) {
  for (let at = 0; at < bytes.length; ) {
    const position = startBytes === undefined ? null : startBytes + at;
    at += (await file.write(bytes, at, bytes.length - at, position)).bytesWritten;
  }
}

/** Gives a file its name without replacing another one. */
async function give(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    // FAT and exFAT have no second names: an empty file reserves this one.
    if (!['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    await (await open(path, 'wx')).close();
    try {
      await rename(temporary, path);
    } catch (error) {
      await unlink(path).catch(() => {});
      throw error;
    }
  }
}

const exists = () => Object.assign(new Error('File exists'), { code: 'EEXIST' });

/** Why a file could not be written; errors of ours pass. */
export function outputError(path: string, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return cause;
  const failed = `Cannot write ${path}`;
  if (code === 'EEXIST')
    return new WriteError(
      {
        ...{ code: 'output-exists', failed, why: 'File exists' },
        next: 'Remove it, or give another path.',
      },
      { cause },
    );
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new WriteError(
    {
      ...{ code: isFull ? 'output-no-space' : 'output-failed', failed },
      why: isFull ? 'the file system is full' : message,
      next: isFull ? 'Make room, or give another path.' : 'Check the path.',
    },
    { cause },
  );
}

/** For programs; a person at a terminal gets an error, before anything else is done. */
export function refuseTerminal(): void {
  if (!process.stdout.isTTY) return;
  throw new WriteError({
    code: 'output-failed',
    failed: 'Cannot write to standard output',
    why: 'Refusing to write binary data to terminal',
    next: 'Redirect it to a file, or give a path with --output.',
  });
}

/** Ends early when nobody reads any more; the caller's exit code reports other failures. */
export async function writeToStandardOutput(pieces: Pieces): Promise<void> {
  let isLost = false;
  using _ = onLostOutput(() => {
    isLost = true;
  });
  for await (const piece of pieces) {
    // The next piece may be in the same memory.
    await new Promise<void>((resolve) => process.stdout.write(piece, () => resolve()));
    if (isLost) return;
  }
}
