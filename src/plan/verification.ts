import { algorithmName, formatDigest } from '../digest.ts';
import { InputError } from '../errors.ts';
import { openSource, type SourceOptions } from '../image/source.ts';
import { maskUrl } from '../mask-url.ts';
import { describeOrigin, type Parameters } from '../parameters/parameters.ts';
import type { ExpectedDigest } from '../verify/expected-digest.ts';
import { fetchChecksum } from '../verify/fetch-checksum.ts';
import type { VerificationPlan } from '../verify/image-verifier.ts';

/** Fetches what the image will be checked against. */
export async function planVerification(
  parameters: Parameters,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<VerificationPlan> {
  return { digests: await expectedDigests(parameters, options, signal) };
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
      failed: `Cannot install ${maskUrl(imageUrl.value)}`,
      why: `${first.from} says ${formatDigest(first)}, and ${second.from} says ${formatDigest(second)}`,
      next: `Give the right ${algorithmName(first.algorithm)} only.`,
    });
  }
  return digests;
}
