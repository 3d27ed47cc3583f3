import { printable } from '../../lib/text.ts';
import type { KernelArgument } from '../../parameters/kernel-cmdline.ts';
import { keyfileLimits } from '../../system/network/keyfile.ts';
import { networkArgumentsPath } from '../live-files.ts';
import { type GivenFile, unusable } from '../wished-file.ts';
import { keyfileArguments } from './keyfile-arguments.ts';

/**
 * What a medium of this program configures its network by, whichever program does that: the file
 * comes onto the medium next to the keyfiles, which are for the installed system. `kernel`: what the medium is
 * booted with. Throws `InputError` for what kernel arguments cannot express, or the installer would not copy.
 */
export function ownNetwork(
  keyfiles: readonly GivenFile[],
  kernel: readonly KernelArgument[] = [],
): {
  readonly member: [string, Uint8Array];
  /** What the medium does not have of the keyfiles, and what replaces them: a sentence each. */
  readonly notes: readonly string[];
} {
  requireFew(keyfiles);
  const { arguments: words, notes } = keyfileArguments(keyfiles);
  const ip = kernel.find(({ name, value }) => name === 'ip' && value !== undefined);
  return {
    member: [networkArgumentsPath, Buffer.from(words.map((word) => `${word}\n`).join(''))],
    notes: ip === undefined ? notes : [...notes, replaced(ip)],
  };
}

const replaced = ({ raw }: KernelArgument) =>
  `The kernel argument ${raw} replaces the keyfiles, on the medium and on the first boot.`;

/** The installer refuses more at each boot. */
function requireFew(keyfiles: readonly GivenFile[]): void {
  const { mostFiles, fileBytes } = keyfileLimits;
  if (keyfiles.length > mostFiles)
    throw unusable(
      `${keyfiles.length} keyfiles`,
      `the installer copies at most ${mostFiles}`,
      'Leave some out.',
    );
  const large = keyfiles.find(({ bytes }) => bytes.length > fileBytes);
  if (large !== undefined)
    throw unusable(
      `the keyfile ${printable(large.path)}`,
      `it is larger than ${fileBytes / 1024} KiB`,
      'Check that it is a keyfile.',
    );
}
