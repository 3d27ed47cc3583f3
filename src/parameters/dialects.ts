import type { Origin } from './given.ts';
import { optionNames, type ParameterKey } from './parameters.ts';

/** What gave each parameter. */
export type Origins = Readonly<Partial<Record<ParameterKey, Origin>>>;

/**
 * A command line after `coreos-installer install`, where some letters mean something else than
 * without that word: `-i` is a file, and the device has no letter.
 */
export interface TodaysCommand {
  /** An option, or a line of a config file: `-u`, `/root/disk.yaml:3`. */
  readonly origins: Origins;
  /** What was typed after the word. */
  readonly words: readonly string[];
}

/** The options that are written otherwise there; the device is the argument after them. */
const others: Readonly<Partial<Record<ParameterKey, string>>> = {
  device: 'DEVICE',
  imageUrl: '-u URL',
  ignitionUrl: '-I URL',
};

/** How a parameter is written there: `DEVICE`, `-u URL`, `--proxy URL`. */
export function todaysName(key: ParameterKey): string {
  return others[key] ?? optionNames(key)?.typed ?? '';
}
