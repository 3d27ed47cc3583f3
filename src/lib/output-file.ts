import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  open,
  readlink,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { WriteError } from './errors.ts';

/** The bytes, in pieces that are valid until the next is asked for. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Who may read a new file. Default: its owner only, because configs and customizations contain secrets. */
export interface FileMode {
  readonly mode?: number | undefined;
}

/**
 * Writes to a new file, which has its name when all of it is on the disk; never in place of a file that
 * is there. Throws `WriteError`.
 */
export async function createOutput(
  path: string,
  pieces: Pieces,
  { mode = 0o600 }: FileMode = {},
): Promise<void> {
  try {
    // What would be refused at the end is refused before anything is written.
    await requireFree(path);
    await writeAndName(path, pieces, { mode }, give);
  } catch (error) {
    throw outputError(path, error);
  }
}

/**
 * The same, but a file that is there is replaced: readers find either all of the old one or all of the
 * new one, which has its mode, and its owner where root writes it. A link stays one, and what it leads to is
 * replaced or made; a device, a pipe or a socket is written to.
 */
export async function replaceOutput(
  path: string,
  pieces: Pieces,
  { mode = 0o600 }: FileMode = {},
): Promise<void> {
  try {
    await refuseForeignLink(path);
    const old = await stat(path).catch(() => undefined);
    if (old && !old.isFile()) {
      await using special = await open(path, constants.O_WRONLY);
      for await (const piece of pieces) await writeAll(special, piece);
      return;
    }
    await writeAndName(await behindLinks(path), pieces, { mode, old }, rename);
  } catch (error) {
    throw outputError(path, error);
  }
}

/** The path of what a link leads to, also where that is not there. */
async function behindLinks(path: string): Promise<string> {
  let at = path;
  // As many as the kernel follows.
  for (let links = 0; links < 40; links += 1) {
    if (!(await lstat(at).catch(() => undefined))?.isSymbolicLink()) return at;
    at = resolve(await realpath(dirname(at)), await readlink(at));
  }
  throw Object.assign(new Error('ELOOP: too many symbolic links'), { code: 'ELOOP' });
}

/**
 * In a directory where others can make links, one of them would choose which file is written. As the
 * kernel does where `fs.protected_symlinks` is set, but also for directories of a group.
 */
async function refuseForeignLink(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isSymbolicLink() || found.uid === 0 || found.uid === process.geteuid?.()) return;
  const directory = await stat(dirname(path));
  if ((directory.mode & 0o022) === 0 || directory.uid === found.uid) return;
  throw new WriteError({
    code: 'output-failed',
    failed: `Cannot write ${path}`,
    why: `it is a symbolic link of user ${found.uid}, in a directory that others can write to`,
    next: 'Remove it, or give another path.',
  });
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
  { mode, old }: { readonly mode: number; readonly old?: Stats | undefined },
  name: (temporary: string, path: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryBeside(path);
  await using file = await open(temporary, 'wx', mode);
  try {
    for await (const piece of pieces) await writeAll(file, piece);
    if (old !== undefined) {
      if (process.geteuid?.() === 0) await file.chown(old.uid, old.gid);
      await file.chmod(old.mode & 0o777);
    }
    await file.sync();
    await name(temporary, path);
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
