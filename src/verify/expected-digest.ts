import { algorithmName, type Digest } from '../lib/digest.ts';
import { InputError } from '../lib/errors.ts';

/** A digest that somebody gave, and where. */
export interface ExpectedDigest extends Digest {
  /** `--image-hash`, or the name of a checksum file. */
  readonly from: string;
}

/** Throws `InputError` unless the bytes of `name` have that digest (lower-case hexadecimal). */
export function checkDigest(name: string, expected: ExpectedDigest, foundHex: string): void {
  if (foundHex === expected.hex) return;
  throw new InputError({
    code: 'digest-mismatch',
    failed: `Cannot use ${name}`,
    why: `its ${algorithmName(expected.algorithm)} is ${foundHex}, and ${expected.from} says ${expected.hex}`,
    next: 'Compare both with the publisher’s page: either this is another file, or the digest is wrong.',
  });
}
