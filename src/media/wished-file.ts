import { basename } from 'node:path';
import { InputError } from '../lib/errors.ts';

/** A file that an option names. */
export interface GivenFile {
  /** As it was given. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export const baseName = (path: string) => basename(path);

/** A file or a value that cannot become a customization. */
export function unusable(what: string, why: string, next = 'Correct it.'): InputError {
  const failed = `Cannot use ${what}`;
  return new InputError({ code: 'customization-invalid', failed, why, next });
}
