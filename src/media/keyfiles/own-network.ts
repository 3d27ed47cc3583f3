import { networkArgumentsPath } from '../live-files.ts';
import type { GivenFile } from '../wished-file.ts';
import { keyfileArguments } from './keyfile-arguments.ts';

/**
 * What a medium of this program configures its network by, whichever program does that: the file
 * comes onto the medium next to the keyfiles, which are for the installed system. Throws `InputError` for what
 * kernel arguments cannot express.
 */
export function ownNetwork(keyfiles: readonly GivenFile[]): {
  readonly member: [string, Uint8Array];
  /** What the medium does not have of the keyfiles, a sentence each. */
  readonly notes: readonly string[];
} {
  const { arguments: words, notes } = keyfileArguments(keyfiles);
  return {
    member: [networkArgumentsPath, Buffer.from(words.map((word) => `${word}\n`).join(''))],
    notes,
  };
}
