import { fetchAll } from '../image/fetch-all.ts';
import type { ByteSource } from '../image/source.ts';
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

/** Fetches the whole config and checks that it is one. */
export async function planIgnition(source: ByteSource, signal: AbortSignal): Promise<IgnitionPlan> {
  const bytes = await fetchAll(source, configLimitBytes, signal);
  const { version } = checkIgnitionConfig(bytes, source.name);
  return { name: source.name, bytes, version };
}
