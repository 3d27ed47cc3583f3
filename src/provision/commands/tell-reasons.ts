import { InstallerError } from '../../lib/errors.ts';
import { warn } from '../../ui/output.ts';

/** Prints the reasons of a failure, a line each; the caller prints the failure itself. */
export async function tellReasons<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InstallerError) for (const line of error.failure.reasons ?? []) warn(line);
    throw error;
  }
}
