import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { ParameterError } from '../../lib/errors.ts';
import type { FailureCode } from '../../lib/failure-codes.ts';
import { describeOrigin, type Resolved } from '../../parameters/parameters.ts';

const sizeLimitBytes = 4 * 1024 * 1024;

export interface GivenFile {
  readonly bytes: Buffer;
  /** A sentence when users other than root can read it, for what must stay secret. */
  readonly exposed: string | undefined;
  /** The error for a file that holds something else than it should. */
  readonly unusable: (why: string, next: string, cause?: unknown) => ParameterError;
}

/**
 * Reads a small file that an option names. `ParameterError`, with `code`, for what is no readable
 * file.
 */
export async function readGivenFile(
  { value, origin }: Resolved<string>,
  code: FailureCode<'parameters'>,
): Promise<GivenFile> {
  const unusable = (why: string, next: string, cause?: unknown) =>
    new ParameterError(
      { code, failed: `Cannot use ${value} from ${describeOrigin(origin)}`, why, next },
      { cause },
    );
  try {
    // Opening a named pipe would wait for its writer.
    await using file = await open(value, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw unusable('it is not a regular file', 'Give the path of a file.');
    if (stats.size > sizeLimitBytes) throw unusable('it is larger than 4 MiB', 'Check the path.');
    const exposed = (stats.mode & 0o004) === 0 ? undefined : `Every user can read ${value}.`;
    return { bytes: await file.readFile(), exposed, unusable };
  } catch (error) {
    if (error instanceof ParameterError) throw error;
    const errno = (error as NodeJS.ErrnoException).code;
    const why = errno === 'ENOENT' ? 'there is no such file' : `it cannot be read (${errno})`;
    throw unusable(why, 'Check the path.', error);
  }
}
