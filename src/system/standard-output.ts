import { fstatSync, writeSync } from 'node:fs';
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
  writeWholly(process.stdout);
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
 * Waits until standard output is written. Throws `WriteError` where some of it is lost; a reader that stops
 * early, such as `head`, is no failure.
 */
export async function requireOutput(): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  if (lost === undefined || lost.code === 'EPIPE') return;
  throw new WriteError({
    code: 'output-failed',
    failed: 'Cannot write to standard output',
    why: lost.message,
    next: 'Check where the output goes, and the free space there.',
  });
}

/**
 * For commands whose only result is their output: waits until it is written, and reports a failure
 * on standard error. Returns the exit code.
 */
export async function exitCodeOfOutput(): Promise<number> {
  try {
    await requireOutput();
    return exitCodes.installed;
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    process.stderr.write(`${withCode(error.message, error.failure.code)}\n`);
    return error.exitCode;
  }
}

/**
 * Has a stream for a file write all that it gets. Node's own ignores how much of it the kernel took: on a
 * file system that is nearly full, that is a part, and only the next write fails with the reason.
 */
function writeWholly(stream: typeof process.stdout): void {
  if (!fstatSync(stream.fd).isFile()) return;
  stream._write = (bytes: Uint8Array, _, done) => {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(stream.fd, bytes, at);
      done();
    } catch (error) {
      done(error as Error);
    }
  };
}
