import type { Stats } from 'node:fs';
import { ParameterError } from '../../lib/errors.ts';
import type { FailureCode } from '../../lib/failure-codes.ts';
import { readSmallFile, UnusableFileError } from '../../lib/small-file.ts';
import { describeOrigin, type Resolved } from '../../parameters/parameters.ts';

const sizeLimitBytes = 4 * 1024 * 1024;

export interface GivenFile {
  readonly bytes: Buffer;
  /** A sentence when every user can read it, for what must stay secret. */
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
    let exposed: string | undefined;
    const judge = ({ mode }: Stats) => {
      if ((mode & 0o004) !== 0) exposed = `Every user can read ${value}.`;
    };
    const bytes = await readSmallFile(value, sizeLimitBytes, { followLinks: true, judge });
    return { bytes, exposed, unusable };
  } catch (error) {
    if (error instanceof UnusableFileError) throw unusable(error.message, 'Check the path.', error);
    const errno = (error as NodeJS.ErrnoException).code;
    const why = errno === 'ENOENT' ? 'there is no such file' : `it cannot be read (${errno})`;
    throw unusable(why, 'Check the path.', error);
  }
}
