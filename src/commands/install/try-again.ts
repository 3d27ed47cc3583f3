import { maskUrl } from '../../lib/mask-url.ts';
import { shellQuote } from '../../lib/shell-quote.ts';
import type { KnownValues } from '../../parameters/find.ts';
import {
  type FlagKey,
  flagKeys,
  flagPlaces,
  type Place,
  type ValueKey,
  valueKeys,
  valuePlaces,
} from '../../parameters/where-given.ts';

/** What stands in for what is missing. */
const placeholders: KnownValues = {
  device: 'DEVICE',
  ignitionUrl: 'IGNITION_URL',
  imageUrl: 'IMAGE_URL',
};

/** Where a second run finds a value again: in a file, or where the first one had it, too. */
export type Held = { readonly file: string } | 'same-place' | undefined;

/**
 * The command to try next: what is known as it was given, what is missing as a word to replace. A
 * URL with a secret is not repeated, for this line stays on the screen and in the journal: the
 * command reads it from the file that has it, or leaves it out where it is found without that. A
 * secret that is nowhere else is masked, and whoever typed it has to type it again.
 */
export function tryAgainCommand(
  known: KnownValues,
  flags: readonly FlagKey[] = [],
  held: (key: ValueKey) => Held = () => undefined,
): string {
  const values = { ...placeholders, ...known };
  const words = valueKeys.flatMap((key) => {
    const { typed, repeated }: Place = valuePlaces[key];
    const given = values[key];
    if (given === undefined) return [];
    const each = repeated ? given.split(' ') : [given];
    const plain = () => each.flatMap((value) => [optionOf(typed), shellQuote(maskUrl(value))]);
    const place = held(key);
    if (place === undefined || each.every((value) => maskUrl(value) === value)) return plain();
    return place === 'same-place' ? [] : [optionOf(typed), `"$(cat ${shellQuote(place.file)})"`];
  });
  const on = flagKeys.filter((key) => flags.includes(key));
  const options = on.map((key) => optionOf((flagPlaces[key] as Place).typed));
  return ['coreos-installer', ...words, ...options].filter((word) => word !== '').join(' ');
}

const optionOf = (typed = '') => typed.replace(/ .*/, '');
