import { createHash } from 'node:crypto';
import { fetchAll } from '../fetch/fetch-all.ts';
import type { ByteSource } from '../fetch/source.ts';
import type { IgnitionCheck } from '../parameters/parameters.ts';
import { checkDigest, type ExpectedDigest } from '../verify/expected-digest.ts';
import type { CheckedConfig, Translation } from './check-ignition.ts';

/** The largest config that is accepted: what fits on a boot partition next to a kernel. */
export const configLimitBytes = 16 * 1024 * 1024;

/** An Ignition config as served; secret, so never printed. */
export interface IgnitionPlan extends CheckedConfig {
  /** The URL with its password masked, or the path. */
  readonly name: string;
  /** As it goes to the disk. */
  readonly bytes: Uint8Array;
  /** Version of the YAML config that it was translated from, such as `1.0.0`. */
  readonly translatedFrom: string | undefined;
}

export interface IgnitionExpectations {
  readonly digest: ExpectedDigest | undefined;
  /** Undefined: refuse what will certainly fail on the first boot. */
  readonly check: IgnitionCheck | undefined;
}

/**
 * Fetches the whole config, and checks that it is the expected one (the digest is that of the bytes
 * as served), and that it is a config. One in YAML becomes an Ignition config here.
 */
export async function planIgnition(
  source: ByteSource,
  { digest, check }: IgnitionExpectations,
  signal: AbortSignal,
): Promise<IgnitionPlan> {
  const bytes = await fetchAll(
    source,
    configLimitBytes,
    signal,
    'Check that it is the Ignition config, and not the image.',
  );
  const { name } = source;
  // Before anything parses the bytes: only the expected ones are to be parsed.
  if (digest !== undefined) {
    checkDigest(name, digest, createHash(digest.algorithm).update(bytes).digest('hex'));
  }
  // The specifications are a large module, needed only once there is a config.
  const { checkIgnitionConfig } = await import('./check-ignition.ts');
  let config = { bytes, translatedFrom: undefined as string | undefined };
  let translation: Translation | undefined;
  if (isYamlConfig(bytes)) {
    const { translateYaml } = await import('./translate-yaml.ts');
    ({ config, translation } = translateYaml(bytes, name));
  }
  const checked = checkIgnitionConfig(config.bytes, name, check, translation);
  return { name, ...config, ...checked };
}

/** Whether a config is YAML that says what it is, as all Fedora CoreOS Configs do. */
export function isYamlConfig(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 65536));
  // Spaces other than ASCII's are a mistake that is reported for YAML.
  return /^[^\S \t\n]*(["']?)variant\1\s*:/m.test(start) && !/^\s*[{[<]/.test(start);
}
