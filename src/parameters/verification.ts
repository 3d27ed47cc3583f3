import type { Digest } from '../lib/digest.ts';
import { ParameterError } from '../lib/errors.ts';
import { findFlag, type Sources, waysToGive } from './find.ts';
import { noteOverridden, rank } from './given.ts';
import { describeOrigin, type Parameters, type Resolved } from './parameters.ts';

/**
 * Whether the digest of the config is not used, because `skip` from a place that wins replaces the
 * config. Throws `ParameterError` if the digest is used, and there is no config to check.
 */
export function isOfSkippedConfig(
  { origin }: Resolved<Digest>,
  config: Resolved<string> | undefined,
  sources: Sources,
  notes: string[],
): boolean {
  if (config !== undefined && config.value !== 'skip') return false;
  const name = describeOrigin(origin);
  if (config === undefined) {
    throw new ParameterError({
      code: 'parameter-missing',
      failed: 'Cannot check the Ignition config',
      why: `${name} gives its digest, but no config is given`,
      next: `Give the Ignition config ${waysToGive('ignitionUrl', sources)}.`,
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
  notes.push(`${skip} overrides ${name}.`);
  return true;
}

/** Of two flags that contradict each other the one whose origin comes first is used. */
export function signatureFlags(
  sources: Sources,
  notes: string[],
): Partial<Pick<Parameters, 'requireSignature' | 'skipMediaCheck'>> {
  const required = findFlag('requireSignature', sources);
  const skipped = findFlag('skipMediaCheck', sources);
  if (required === undefined || skipped === undefined) return {};
  const both = [required.origin, skipped.origin] as const;
  const [requiredRank, skippedRank] = [rank(required.origin), rank(skipped.origin)];
  if (requiredRank === skippedRank) {
    throw new ParameterError({
      code: 'parameters-conflict',
      failed: 'Cannot both require and skip the check of the image’s signature',
      why: `${both.map(describeOrigin).join(' and ')} are given`,
      next: 'Give one of them.',
    });
  }
  const [first, second] = both;
  notes.push(
    ...(requiredRank < skippedRank ? noteOverridden(first, second) : noteOverridden(second, first)),
  );
  return requiredRank < skippedRank
    ? { skipMediaCheck: undefined }
    : { requireSignature: undefined };
}
