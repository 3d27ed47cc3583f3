import { InputError } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import type { Purpose } from './source.ts';

/**
 * The file is not available there, and a retry does not help: no such file, or a server that denies
 * access.
 */
export class UnavailableError extends InputError {}

/** The code of a file that is not there, by what it is for. */
export function notFoundCode(purpose: Purpose | undefined): FailureCode<'input'> {
  return `${purpose ?? 'file'}-not-found`;
}
