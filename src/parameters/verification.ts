import { resolve as absolutePath } from 'node:path';
import { type Digest, parseDigest } from '../lib/digest.ts';
import { ParameterError } from '../lib/errors.ts';
import { find, findFlag, type Sources, waysToGive } from './find.ts';
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

/** What the image, the config and the disk are checked against. `config` is it as given, or `skip`. */
export function verification(
  sources: Sources,
  config: Resolved<string> | undefined,
  notes: string[],
  fileExists: (path: string) => boolean,
): Verification {
  const value = (key: ValueKey) => find(key, sources, notes);
  const checksumUrl = value('checksumUrl');
  const keyring = value('keyring');
  const { requireSignature, skipMediaCheck } = signatureFlags(sources, notes);
  const ignitionHash = digest(value('ignitionHash'), 'the Ignition config’s digest');
  const isOfNothing = ignitionHash && isDigestOfNothing(ignitionHash, config, sources, notes);
  return {
    imageHash: digest(value('imageHash'), 'the image’s digest'),
    ignitionHash: isOfNothing ? undefined : ignitionHash,
    checksumUrl: checksumUrl && checkLocation(checksumUrl, 'the checksum file', fileExists),
    keyring: keyring && { ...keyring, value: absolutePath(keyring.value) },
    requireSignature,
    skipMediaCheck,
    verify: findFlag('verify', sources),
  };
}

/**
 * Whether a digest does not count, as the config is skipped by a place that wins over that of the digest.
 * Throws `ParameterError` where it counts, and there is no config that could be checked.
 */
function isDigestOfNothing(
  { origin }: Resolved<Digest>,
  config: Resolved<string> | undefined,
  { files }: Sources,
  notes: string[],
): boolean {
  if (config !== undefined && config.value !== 'skip') return false;
  const name = describeOrigin(origin);
  if (config === undefined) {
    throw new ParameterError({
      code: 'parameter-missing',
      failed: 'Cannot check the Ignition config',
      why: `${name} gives its digest, and no config is given`,
      next: `Give the Ignition config ${waysToGive('ignitionUrl', files.directory)}.`,
    });
  }
  const skip = `skip from ${describeOrigin(config.origin)}`;
  if (rank(origin) <= rank(config.origin)) {
    throw new ParameterError({
      code: 'parameters-conflict',
      failed: 'Cannot both skip the Ignition config and check its digest',
      why: `${skip} and ${name} are given`,
      next: 'Give one of them.',
    });
  }
  notes.push(`${skip} counts, and not ${name}.`);
  return true;
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
  const [required, skipped] = [rank(requireSignature.origin), rank(skipMediaCheck.origin)];
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

/** The lower one wins. */
const rank = ({ kind }: Origin) => ['option', 'file', 'kernel'].indexOf(kind);

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
