import { exitCodes, WriteError } from '../lib/errors.ts';
import { withCode } from '../lib/failure-codes.ts';

type Lost = NodeJS.ErrnoException;

let lost: Lost | undefined;
const listeners = new Set<(lost: Lost) => void>();

/**
 * From here on, output that cannot be written does not end the program: the reader of a pipe has
 * gone, the terminal is lost, the disk with the log is full. Without this, Node ends the process at
 * the first such error.
 */
export function outliveReaders(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: Lost) => {
    if (lost !== undefined) return;
    lost = error;
    for (const listener of listeners) listener(error);
  });
}

/** Calls the listener once, when standard output begins to lose what is written to it. */
export function onLostOutput(listener: (lost: Lost) => void): Disposable {
  if (lost !== undefined) listener(lost);
  else listeners.add(listener);
  return { [Symbol.dispose]: () => void listeners.delete(listener) };
}

/**
 * For commands whose only result is their output: waits until it is written, and reports a failure
 * on standard error. Returns the exit code. A reader that stops early, such as `head`, is no
 * failure.
 */
export async function exitCodeOfOutput(): Promise<number> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  if (lost === undefined || lost.code === 'EPIPE') return exitCodes.installed;
  const { message, exitCode, failure } = new WriteError({
    code: 'output-failed',
    failed: 'Cannot write to standard output',
    why: lost.message,
    next: 'Check where the output goes, and the free space there.',
  });
  process.stderr.write(`${withCode(message, failure.code)}\n`);
  return exitCode;
}
