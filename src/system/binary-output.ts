import { WriteError } from '../lib/errors.ts';
import type { Pieces } from '../lib/output-file.ts';
import { onLostOutput } from './standard-output.ts';

/** For programs; a person at a terminal gets an error, before anything else is done. */
export function refuseTerminal(): void {
  if (!process.stdout.isTTY) return;
  throw new WriteError({
    code: 'output-failed',
    failed: 'Cannot write to standard output',
    why: 'Refusing to write binary data to terminal',
    next: 'Redirect it to a file, or give a path with --output.',
  });
}

/** Ends early when it cannot be written any more; `requireOutput` says why. */
export async function writeToStandardOutput(pieces: Pieces): Promise<void> {
  let isLost = false;
  using _ = onLostOutput(() => {
    isLost = true;
  });
  for await (const piece of pieces) {
    // The next piece may be in the same memory.
    await new Promise<void>((resolve) => process.stdout.write(piece, () => resolve()));
    if (isLost) return;
  }
}
