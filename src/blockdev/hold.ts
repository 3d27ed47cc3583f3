import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { deviceError } from './device-errors.ts';
import type { Target } from './target.ts';

/**
 * Has the device open for writing without claiming it, for as long as others must not choose it:
 * `checkTarget` refuses it to another installer, and its partitions can still be mounted here.
 * Throws `WriteError` when it cannot be opened so.
 */
export async function hold(target: Target): Promise<AsyncDisposable> {
  try {
    return await open(target.path, constants.O_RDWR);
  } catch (error) {
    throw deviceError(target, 'opening it', error);
  }
}
