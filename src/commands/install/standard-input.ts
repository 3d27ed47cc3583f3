import { finished } from 'node:stream/promises';

/** Resolves when standard input ends, whatever it holds; rejects with the reason of an abort. */
export async function standardInputEnd(signal: AbortSignal): Promise<void> {
  process.stdin.resume();
  // A line that is hung up has ended, too.
  await finished(process.stdin, { writable: false, signal }).catch(() => undefined);
  signal.throwIfAborted();
}
