import { resolve as absolutePath } from 'node:path';
import { type Digest, parseDigest } from '../lib/digest.ts';
import { ParameterError } from '../lib/errors.ts';
import { find, findFlag, type Sources } from './find.ts';
import { describeOrigin, type Origin, type Parameters, type Resolved } from './parameters.ts';
import { checkLocation } from './values.ts';
import type { ValueKey } from './where-given.ts';

type Verification = Pick<
  Parameters,
  | 'imageHash'
  | 'ignitionHash'
  | 'checksumUrl'
  | 'keyring'
  | 'requireSignature'
  | 'skipMediaCheck'
  | 'verify'
>;

/** What the image, the config and the disk are checked against. */
export function verification(
  sources: Sources,
  notes: string[],
  fileExists: (path: string) => boolean,
): Verification {
  const value = (key: ValueKey) => find(key, sources, notes);
  const checksumUrl = value('checksumUrl');
  const keyring = value('keyring');
  const { requireSignature, skipMediaCheck } = signatureFlags(sources, notes);
  return {
    imageHash: digest(value('imageHash'), 'the image’s digest'),
    ignitionHash: digest(value('ignitionHash'), 'the Ignition config’s digest'),
    checksumUrl: checksumUrl && checkLocation(checksumUrl, 'the checksum file', fileExists),
    keyring: keyring && { ...keyring, value: absolutePath(keyring.value) },
    requireSignature,
    skipMediaCheck,
    verify: findFlag('verify', sources),
  };
}

/** Of two flags that contradict each other that one counts whose place comes first. */
function signatureFlags(
  sources: Sources,
  notes: string[],
): Pick<Verification, 'requireSignature' | 'skipMediaCheck'> {
  const requireSignature = findFlag('requireSignature', sources);
  const skipMediaCheck = findFlag('skipMediaCheck', sources);
  if (requireSignature === undefined || skipMediaCheck === undefined)
    return { requireSignature, skipMediaCheck };
  const names = [requireSignature, skipMediaCheck].map(({ origin }) => describeOrigin(origin));
  const ranks = [requireSignature, skipMediaCheck].map(({ origin }) => places.indexOf(origin.kind));
  const [required = 0, skipped = 0] = ranks;
  if (required === skipped) {
    throw new ParameterError({
      code: 'parameters-conflict',
      failed: 'Cannot both require and skip the check of the image’s signature',
      why: `${names.join(' and ')} are given`,
      next: 'Give one of them.',
    });
  }
  const [winner, loser] = required < skipped ? names : names.toReversed();
  notes.push(`${winner} counts, and not ${loser}.`);
  return required < skipped
    ? { requireSignature, skipMediaCheck: undefined }
    : { requireSignature: undefined, skipMediaCheck };
}

/** In the order in which they win. */
const places: readonly Origin['kind'][] = ['option', 'file', 'kernel'];

function digest(text: Resolved<string> | undefined, purpose: string): Resolved<Digest> | undefined {
  if (text === undefined) return undefined;
  const value = parseDigest(text.value);
  if (value !== undefined) return { value, origin: text.origin };
  throw new ParameterError({
    code: 'invalid-digest',
    failed: `Cannot use ${JSON.stringify(text.value)} from ${describeOrigin(text.origin)} as ${purpose}`,
    why: 'it is not sha256: with 64 hexadecimal digits, or sha512: with 128',
    next: 'sha256sum FILE prints the digits.',
  });
}
