import { InstallerError } from '../../lib/errors.ts';
import { warn } from '../../ui/output.ts';

/** Prints each reason of a failure, a line each, before the failure itself goes on to whoever prints that. */
export async function tellReasons<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InstallerError) for (const line of error.failure.reasons ?? []) warn(line);
    throw error;
  }
}
