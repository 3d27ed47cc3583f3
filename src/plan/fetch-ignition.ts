import { createHash } from 'node:crypto';
import { fetchAll } from '../image/fetch-all.ts';
import type { ByteSource } from '../image/source.ts';
import type { IgnitionCheck } from '../parameters/parameters.ts';
import { checkDigest, type ExpectedDigest } from '../verify/expected-digest.ts';
import type { CheckedConfig } from './ignition.ts';

/** The largest config that is taken: what a boot partition can hold beside a kernel. */
export const configLimitBytes = 16 * 1024 * 1024;

/** An Ignition config as served; secret, so never printed. */
export interface IgnitionPlan extends CheckedConfig {
  /** The URL with its password masked, or the path. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface IgnitionExpectations {
  readonly digest: ExpectedDigest | undefined;
  readonly check: IgnitionCheck;
}

/** Fetches the whole config, and checks that it is one, and the one that was meant. */
export async function planIgnition(
  source: ByteSource,
  { digest, check }: IgnitionExpectations,
  signal: AbortSignal,
): Promise<IgnitionPlan> {
  const bytes = await fetchAll(
    source,
    configLimitBytes,
    signal,
    'Check that it is the right file: is it the image rather than the Ignition config?',
  );
  // The specifications are a large module, wanted only once there is a config.
  const { checkIgnitionConfig } = await import('./ignition.ts');
  const checked = checkIgnitionConfig(bytes, source.name, check);
  if (digest !== undefined) {
    const found = createHash(digest.algorithm).update(bytes).digest('hex');
    checkDigest(source.name, digest, found);
  }
  return { name: source.name, bytes, ...checked };
}
