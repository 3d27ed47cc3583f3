import { optionNames, type ParameterKey } from './parameters.ts';

/**
 * A command line after `coreos-installer install`, where some letters mean something else than
 * without that word: `-i` is a file, and the device has no letter.
 */
export interface TodaysCommand {
  /** What gave each parameter: `-u`, `/etc/coreos/installer.d/10-disk.yaml:3`. */
  readonly names: Readonly<Partial<Record<ParameterKey, string>>>;
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
