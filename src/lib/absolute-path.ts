import { resolve } from 'node:path';
import { ParameterError } from './errors.ts';

/** A path that means the same in another directory. `ParameterError` where the working directory was removed. */
export function absolutePath(path: string): string {
  try {
    return resolve(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new ParameterError(
      {
        code: 'invalid-command-line',
        failed: `Cannot use the path ${JSON.stringify(path)}`,
        why: 'the working directory does not exist any more',
        next: 'Change to another directory with cd, or give a path that begins with /.',
      },
      { cause: error },
    );
  }
}
