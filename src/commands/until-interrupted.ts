import { InstallerError } from '../lib/errors.ts';
import { withCode } from '../lib/failure-codes.ts';
import { abortOnSignals, Interrupted } from '../system/signals.ts';
import { warn } from '../ui/output.ts';

/** Runs work that a signal ends; prints in one line why it failed. Returns the exit code. */
export async function untilInterrupted(
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  using interruption = abortOnSignals({ goesOn: () => false, onGone: () => undefined });
  try {
    return await work(interruption.signal);
  } catch (error) {
    const cause = interruption.whatEnded(error);
    if (cause instanceof Interrupted) {
      warn(withCode(cause.message, cause.code));
      return cause.exitCode;
    }
    if (!(cause instanceof InstallerError)) throw cause;
    warn(withCode(cause.message, cause.failure.code));
    return cause.exitCode;
  }
}
