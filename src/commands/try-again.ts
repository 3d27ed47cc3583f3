import { maskUrl } from '../mask-url.ts';
import type { KnownValues } from '../parameters/find.ts';
import {
  type FlagKey,
  flagKeys,
  flagPlaces,
  type Place,
  valueKeys,
  valuePlaces,
} from '../parameters/places.ts';
import { shellQuote } from '../shell-quote.ts';

/** What stands in for what is missing. */
const placeholders: KnownValues = {
  device: 'DEVICE',
  ignitionUrl: 'IGNITION_URL',
  imageUrl: 'IMAGE_URL',
};

/**
 * The command to try next: what is known as it was given, what is missing as a word to replace.
 * Passwords are masked, for this line stays on the screen and in the journal.
 */
export function tryAgainCommand(known: KnownValues, flags: readonly FlagKey[] = []): string {
  const values = { ...placeholders, ...known };
  const words = valueKeys.flatMap((key) => {
    const { typed, repeated }: Place = valuePlaces[key];
    const given = values[key];
    if (given === undefined) return [];
    const each = repeated ? given.split(' ') : [given];
    return each.flatMap((value) => [optionOf(typed), value]);
  });
  const on = flagKeys.filter((key) => flags.includes(key));
  const options = on.map((key) => optionOf((flagPlaces[key] as Place).typed));
  return ['coreos-installer', ...words, ...options]
    .filter((word) => word !== '')
    .map((word) => shellQuote(maskUrl(word)))
    .join(' ');
}

const optionOf = (typed = '') => typed.replace(/ .*/, '');
