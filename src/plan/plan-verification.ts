import { openSource } from '../fetch/open-source.ts';
import type { SourceOptions } from '../fetch/source.ts';
import { algorithmName, formatDigest } from '../lib/digest.ts';
import { InputError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { describeOrigin, type Parameters } from '../parameters/parameters.ts';
import type { ExpectedDigest } from '../verify/expected-digest.ts';
import { fetchChecksum } from '../verify/fetch-checksum.ts';
import type { VerificationPlan } from '../verify/image-verifier.ts';
import { type ChosenImage, sourceOf } from './choose-image.ts';
import { planSignature } from './signature.ts';

/** What the image will be checked against, and warnings where that is not enough. */
export interface PlannedVerification {
  readonly plan: VerificationPlan;
  readonly warnings: readonly string[];
}

/**
 * Fetches digests and signature. Throws `InputError` where a signature is required and cannot be
 * checked, or is already known to be bad.
 */
export async function planVerification(
  parameters: Parameters,
  image: ChosenImage,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<PlannedVerification> {
  const digests = await expectedDigests(parameters, image, options, signal);
  if (parameters.skipMediaCheck) return { plan: { digests, signature: undefined }, warnings: [] };
  const signature = await planSignature(image, parameters, sourceOf(image, options), signal);
  if (!('why' in signature)) return { plan: { digests, signature }, warnings: [] };
  const { code, why, next } = signature;
  if (parameters.requireSignature) {
    const failed = `Cannot trust ${maskUrl(image.url.value)}`;
    throw new InputError({ code, failed, why, next });
  }
  // A digest from metadata without TLS could have been changed together with the image.
  const proving = image.isUnproven ? digests.filter((one) => one !== image.digest) : digests;
  const warnings = proving.length > 0 ? [] : [`The image is not verified: ${why}. ${next}`];
  return { plan: { digests, signature: undefined }, warnings };
}

async function expectedDigests(
  { imageHash, checksumUrl }: Parameters,
  image: ChosenImage,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<ExpectedDigest[]> {
  const digests: ExpectedDigest[] = image.digest ? [image.digest] : [];
  if (imageHash) digests.push({ ...imageHash.value, from: describeOrigin(imageHash.origin) });
  if (checksumUrl) {
    const source = openSource(checksumUrl.value, options);
    digests.push(await fetchChecksum(source, image.url.value, signal));
  }
  for (const first of digests) {
    const other = digests.find(
      ({ algorithm, hex }) => algorithm === first.algorithm && hex !== first.hex,
    );
    if (other !== undefined) throw conflict(image, first, other);
  }
  return digests;
}

function conflict(image: ChosenImage, first: ExpectedDigest, second: ExpectedDigest): InputError {
  return new InputError({
    code: 'digests-conflict',
    failed: `Cannot install ${maskUrl(image.url.value)}`,
    why: `${first.from} says ${formatDigest(first)}, and ${second.from} says ${formatDigest(second)}`,
    next: `Give only the correct ${algorithmName(first.algorithm)}.`,
  });
}
