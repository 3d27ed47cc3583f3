import { distance } from 'fastest-levenshtein';
import { persistenceNames } from './known-arguments.ts';
import {
  type FlagKey,
  flagKeys,
  type Place,
  placeOf,
  type ValueKey,
  valueKeys,
} from './where-given.ts';

/** What an argument was meant to be. */
export interface Meant {
  readonly argument: string;
  readonly key: ValueKey | FlagKey | 'additionalOptions';
}

/** Every argument that gives a parameter. */
export const known: readonly Meant[] = [
  ...[...valueKeys, ...flagKeys].map((key) => ({ key, argument: placeOf(key).argument })),
  ...persistenceNames.map((argument) => ({ key: 'additionalOptions', argument }) as const),
];

const prefix = /^(coreos[._-])+(inst(all(er)?)?[._-])?/;
const ours = /^(coreos[._-])+inst(all(er)?)?[._-]/i;

/** Whether the name says that it is for the installer, however it goes on. */
export function isOurs(name: string): boolean {
  return ours.test(name);
}

/**
 * The argument that a misspelled one was meant to be: other separators or capitals, the name of the
 * option or of the file in its place, no `inst.`, or a few letters wrong. Undefined when none is
 * near: a wrong guess helps less than none.
 */
export function nearest(name: string): Meant | undefined {
  const lower = name.toLowerCase();
  const end = letters(lower.replace(prefix, ''));
  // Other programs have a `coreos.key`, but none a `coreos.image_url`.
  if (prefix.test(lower) && (isOurs(name) || end.length >= longName)) {
    const same = known.find((meant) => otherNames(meant).includes(end));
    if (same) return same;
  }
  const [closest] = known
    .map((meant) => ({ meant, letters: distance(lower, meant.argument) }))
    .sort((a, b) => a.letters - b.letters);
  const tolerance = end.length < longName ? 1 : 2;
  return closest && closest.letters <= tolerance ? closest.meant : undefined;
}

const longName = 6;

const letters = (text: string) => text.replaceAll(/[._-]/g, '').toLowerCase();

function otherNames({ argument, key }: Meant): string[] {
  const { option = '', file = '' }: Partial<Place> =
    key === 'additionalOptions' ? {} : placeOf(key);
  return [argument.replace(prefix, ''), option, file].map(letters).filter(Boolean);
}
