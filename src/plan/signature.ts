import { readGivenFile } from '../fetch/options/given-file.ts';
import type { SourceOptions } from '../fetch/source.ts';
import { InputError, type Reason } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import { maskUrl } from '../lib/mask-url.ts';
import type { Parameters, Resolved } from '../parameters/parameters.ts';
import { findTool, packageOf } from '../system/tools.ts';
import { findSignature } from '../verify/find-signature.ts';
import { rehearse, type SignaturePlan } from '../verify/gpgv.ts';
import { judge } from '../verify/judge.ts';
import { type Keyring, toKeyring, trustedKeyring } from '../verify/keyring.ts';
import type { ChosenImage } from './choose-image.ts';

/** A signature to check, or the reason why there is none, with what to do. */
export type PlannedSignature = SignaturePlan | Reason<FailureCode<'input'>>;

/**
 * Looks for the image's signature and for keys. A signature that exists must be good: if it is already
 * known to be bad, for example by an unknown key, that is an `InputError`. A missing signature is an
 * error only where one is required.
 */
export async function planSignature(
  image: Pick<ChosenImage, 'url' | 'signatureUrl'>,
  { keyring, requireSignature }: Pick<Parameters, 'keyring' | 'requireSignature'>,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<PlannedSignature> {
  const { url, signatureUrl } = image;
  const required = requireSignature !== undefined;
  // A digest does not replace a signature that is required.
  const orHash = required ? '' : ', or give the image’s digest with --image-hash';
  const keys = keyring ? await readKeyring(keyring) : trustedKeyring();
  const found = await findSignature(url.value, { required, source: options, signatureUrl }, signal);
  if ('instead' in found) {
    return {
      code: 'signature-missing',
      why: `no signature was found (${found.instead.join('; ')})`,
      next: `Put the publisher’s .sig file next to the image${orHash}.`,
    };
  }
  if (findTool('gpgv') === undefined) {
    return {
      code: 'gpgv-missing',
      why: `its signature ${found.name} cannot be checked: this system has no gpgv`,
      next: `Install ${packageOf('gpgv')}${orHash}.`,
    };
  }
  const plan = { ...found, keyring: keys };
  await refuseKnownBad(plan, maskUrl(url.value), signal);
  return plan;
}

/** `ParameterError` for a file without keys. */
export async function readKeyring(given: Resolved<string>): Promise<Keyring> {
  const { bytes, unusable } = await readGivenFile(given, 'keyring-unusable');
  const keys = toKeyring(given.value, bytes);
  if ('bytes' in keys) return keys;
  throw unusable(keys.why, 'Give a file with public keys, as gpg --export writes it.');
}

async function refuseKnownBad(
  plan: SignaturePlan,
  imageName: string,
  signal: AbortSignal,
): Promise<void> {
  const examined = await rehearse(plan, signal);
  const verdict = examined && judge(examined, plan.keyring.name);
  if (verdict && 'why' in verdict) {
    throw new InputError({ failed: `Cannot trust ${imageName}`, ...verdict });
  }
}
