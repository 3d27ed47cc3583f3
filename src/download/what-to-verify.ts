import { InputError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import type { Resolved } from '../parameters/parameters.ts';
import { planSignature } from '../plan/signature.ts';
import type { ExpectedDigest } from '../verify/expected-digest.ts';
import type { VerificationPlan } from '../verify/image-verifier.ts';
import type { SaveOptions } from './save-options.ts';

/** A file of a server, and what is known of it. */
export interface FileToSave {
  readonly url: Resolved<string>;
  /** Undefined: next to the file, with `.sig` or `.asc`. */
  readonly signatureUrl: string | undefined;
  /** What a stream's metadata says of the file as served; lower-case hexadecimal. */
  readonly sha256: string | undefined;
  /** Whether the metadata names it, on another server: it gets no credentials. */
  readonly isElsewhere?: boolean;
  /** Whether the metadata could have been changed on the way, and proves nothing. */
  readonly isUnproven?: boolean;
}

/** What the metadata says, as digest to compare with. */
export function knownDigests({ sha256 }: FileToSave): ExpectedDigest[] {
  return sha256 === undefined
    ? []
    : [{ algorithm: 'sha256', hex: sha256, from: 'the stream metadata' }];
}

/** Fetches the signature. Throws `InputError` where there is none, unless that is allowed. */
export async function planToVerify(
  file: FileToSave,
  {
    insecure,
    keyring,
    source,
    signal,
  }: Pick<SaveOptions, 'insecure' | 'keyring' | 'source' | 'signal'>,
): Promise<{ readonly plan: VerificationPlan; readonly warnings: readonly string[] }> {
  const digests = knownDigests(file);
  const requireSignature = insecure ? undefined : { value: true as const, origin: file.url.origin };
  const signature = await planSignature(file, { keyring, requireSignature }, source, signal);
  if (!('why' in signature)) return { plan: { digests, signature }, warnings: [] };
  const { code, why, next } = signature;
  const name = maskUrl(file.url.value);
  if (!insecure) {
    throw new InputError({
      code,
      failed: `Cannot trust ${name}`,
      why,
      next: `${next} To save it without a signature, give --insecure.`,
    });
  }
  const warnings =
    digests.length > 0 && !file.isUnproven ? [] : [`${name} is not verified: ${why}.`];
  return { plan: { digests, signature: undefined }, warnings };
}
