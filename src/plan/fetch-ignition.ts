import { createHash } from 'node:crypto';
import { fetchAll } from '../image/fetch-all.ts';
import type { ByteSource } from '../image/source.ts';
import { checkDigest, type ExpectedDigest } from '../verify/expected-digest.ts';
import { checkIgnitionConfig } from './ignition.ts';

/** The largest config that is taken: what a boot partition can hold beside a kernel. */
const configLimitBytes = 16 * 1024 * 1024;

/** An Ignition config as served; secret, so never printed. */
export interface IgnitionPlan {
  /** The URL with its password masked, or the path. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Spec version, such as `3.0.0`. */
  readonly version: string;
}

/** Fetches the whole config, and checks that it is one, and the one that was meant. */
export async function planIgnition(
  source: ByteSource,
  expected: ExpectedDigest | undefined,
  signal: AbortSignal,
): Promise<IgnitionPlan> {
  const bytes = await fetchAll(
    source,
    configLimitBytes,
    signal,
    'Check that it is the right file: is it the image rather than the Ignition config?',
  );
  const { version } = checkIgnitionConfig(bytes, source.name);
  if (expected !== undefined) {
    const found = createHash(expected.algorithm).update(bytes).digest('hex');
    checkDigest(source.name, expected, found);
  }
  return { name: source.name, bytes, version };
}
