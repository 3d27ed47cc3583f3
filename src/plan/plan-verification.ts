import { openSource } from '../fetch/open-source.ts';
import type { SourceOptions } from '../fetch/source.ts';
import { algorithmName, formatDigest } from '../lib/digest.ts';
import { InputError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { describeOrigin, type Parameters } from '../parameters/parameters.ts';
import type { ExpectedDigest } from '../verify/expected-digest.ts';
import { fetchChecksum } from '../verify/fetch-checksum.ts';
import type { VerificationPlan } from '../verify/image-verifier.ts';
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
  options: SourceOptions,
  signal: AbortSignal,
): Promise<PlannedVerification> {
  const digests = await expectedDigests(parameters, options, signal);
  if (parameters.skipMediaCheck) return { plan: { digests, signature: undefined }, warnings: [] };
  const signature = await planSignature(parameters, options, signal);
  if (!('why' in signature)) return { plan: { digests, signature }, warnings: [] };
  const { code, why, next } = signature;
  if (parameters.requireSignature) {
    const failed = `Cannot trust ${maskUrl(parameters.imageUrl.value)}`;
    throw new InputError({ code, failed, why, next });
  }
  const warnings = digests.length > 0 ? [] : [`The image is not verified: ${why}. ${next}`];
  return { plan: { digests, signature: undefined }, warnings };
}

async function expectedDigests(
  { imageHash, checksumUrl, imageUrl }: Parameters,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<ExpectedDigest[]> {
  const digests: ExpectedDigest[] = [];
  if (imageHash) digests.push({ ...imageHash.value, from: describeOrigin(imageHash.origin) });
  if (checksumUrl) {
    const source = openSource(checksumUrl.value, options);
    digests.push(await fetchChecksum(source, imageUrl.value, signal));
  }
  const [first, second] = digests;
  if (first && second?.algorithm === first.algorithm && first.hex !== second.hex) {
    throw new InputError({
      code: 'digests-conflict',
      failed: `Cannot install ${maskUrl(imageUrl.value)}`,
      why: `${first.from} says ${formatDigest(first)}, and ${second.from} says ${formatDigest(second)}`,
      next: `Give only the correct ${algorithmName(first.algorithm)}.`,
    });
  }
  return digests;
}
