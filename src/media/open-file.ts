import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { InputError, WriteError } from '../lib/errors.ts';
import { lockNow } from '../native/system.ts';
import { hasCode } from '../system/retry-while.ts';

/** A file, as long as it is in use. */
export interface OpenFile extends AsyncDisposable {
  readonly name: string;
  readonly file: FileHandle;
  readonly sizeBytes: number;
}

/**
 * Opens a regular file, also for changing it: then nobody else can do that at the same time. Throws
 * `InputError` or `WriteError`.
 */
export async function openFile(path: string, purpose: 'read' | 'change'): Promise<OpenFile> {
  const isChange = purpose === 'change';
  const access = isChange ? constants.O_RDWR : constants.O_RDONLY;
  // A fifo would wait for its other end.
  const file = await open(path, access | constants.O_NONBLOCK).catch((error) => {
    throw isChange && !hasCode('ENOENT')(error)
      ? notWritable(path, error)
      : notReadable(path, error);
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile())
      throw new InputError({
        code: 'file-not-regular',
        failed: `Cannot use ${path}`,
        why: 'it is not a regular file',
        next: 'Give the path of a file.',
      });
    if (isChange) lock(file, path);
    return {
      ...{ name: path, file, sizeBytes: stats.size },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function lock(file: FileHandle, path: string): void {
  try {
    lockNow(file.fd);
  } catch (cause) {
    // Some network file systems have no locks.
    if (!hasCode('EAGAIN')(cause)) return;
    throw new WriteError(
      {
        code: 'output-in-use',
        failed: `Cannot change ${path}`,
        why: 'another coreos-installer is changing it',
        next: 'Wait until it has ended.',
      },
      { cause },
    );
  }
}

function notReadable(path: string, cause: NodeJS.ErrnoException): InputError {
  const isMissing = cause.code === 'ENOENT';
  return new InputError(
    {
      code: isMissing ? 'file-not-found' : 'file-unreadable',
      failed: `Cannot read ${path}`,
      why: isMissing ? 'there is no such file' : cause.message,
      next: 'Check the path.',
    },
    { cause },
  );
}

function notWritable(path: string, cause: NodeJS.ErrnoException): WriteError {
  return new WriteError(
    {
      code: 'output-failed',
      failed: `Cannot change ${path}`,
      why: cause.message,
      next: 'Write the result to another file: --output FILE.',
    },
    { cause },
  );
}
