import { ParameterError } from './errors.ts';

/** Whatever an installation lacks without root, this is what to do. */
export function notRoot(cause?: unknown): ParameterError {
  return new ParameterError(
    {
      code: 'not-root',
      failed: 'Cannot install',
      why: 'writing to a disk needs root',
      next: 'Run the same command as root, for example with sudo.',
    },
    { cause },
  );
}
