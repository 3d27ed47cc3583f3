import { maskUrl } from '../../lib/mask-url.ts';
import { shellQuote } from '../../lib/text.ts';
import type { TodaysCommand } from '../../parameters/dialects.ts';
import type { KnownValues } from '../../parameters/find.ts';
import {
  type FlagKey,
  flagKeys,
  optionNames,
  type ValueKey,
  valueKeys,
  valueParameters,
} from '../../parameters/parameters.ts';

/** Words to replace, for what is missing. */
const placeholders: KnownValues = {
  device: 'DEVICE',
  ignitionUrl: 'IGNITION_URL',
  imageUrl: 'IMAGE_URL',
};

/** Where a second run finds a value: in a file, or in the same place as the first run. */
export type Held = { readonly file: string } | 'same-place' | undefined;

/**
 * The command to try next: what is known as it was given, what is missing as a word to replace. A
 * URL with a secret is not repeated, because this line stays on the screen and in the journal: the
 * command reads it from the file that contains it, or omits it if it is found without an option. A
 * secret that is nowhere else is masked; the user has to type it again.
 */
export function tryAgainCommand(
  known: KnownValues,
  flags: readonly FlagKey[] = [],
  held: (key: ValueKey) => Held = () => undefined,
): string {
  // A needed parameter is not missing if another one replaces it.
  const missing = Object.entries(placeholders).filter(([key]) => {
    const { instead } = valueParameters[key as ValueKey];
    return instead === undefined || known[instead as ValueKey] === undefined;
  });
  const values: KnownValues = { ...Object.fromEntries(missing), ...known };
  const words = valueKeys.flatMap((key) => {
    const option = optionNames(key)?.short ?? '';
    const given = values[key];
    if (given === undefined) return [];
    const each = valueParameters[key].repeated?.split(given) ?? [given];
    const plain = () => each.flatMap((value) => [option, shellQuote(maskUrl(value))]);
    const place = held(key);
    if (place === undefined || each.every((value) => maskUrl(value) === value)) return plain();
    return place === 'same-place' ? [] : [option, `"$(cat ${shellQuote(place.file)})"`];
  });
  const on = flagKeys.filter((key) => flags.includes(key));
  const options = on.map((key) => optionNames(key)?.short ?? '');
  return ['coreos-installer', ...words, ...options].filter((word) => word !== '').join(' ');
}

/** `--proxy=URL` as well as `URL`. */
function maskedWord(word: string): string {
  const [, option = '', value = word] = /^(--[a-z-]+=)(.*)$/s.exec(word) ?? [];
  return shellQuote(option + maskUrl(value));
}

/** The same for `coreos-installer install`: what was typed, with the device if it was missing. */
export function todaysCommandAgain(
  { words, origins }: TodaysCommand,
  device: string | undefined,
): string {
  const missing = origins.device === undefined ? [device ?? 'DEVICE'] : [];
  return ['coreos-installer install', ...[...words, ...missing].map(maskedWord)].join(' ');
}
