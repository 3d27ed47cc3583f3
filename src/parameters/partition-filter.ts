import type { ParameterError } from '../lib/errors.ts';
import { partsOf, type Resolved, unusable } from './given.ts';
import { parseGlob } from './glob.ts';
import { commaSeparated } from './lists.ts';
import type { Check } from './parameter-kinds.ts';

/** Chooses partitions to be saved. */
export interface PartitionFilter {
  /** As it was given, and where: `--save-partlabel data*`. */
  readonly given: string;
  readonly by: 'label' | 'index';
  /** It can choose only partitions that the user has named: no wildcard, no range. */
  readonly isExact: boolean;
  matches(partition: { readonly number: number; readonly name: string }): boolean;
}

/** Globs for labels, separated by commas; as they were given. */
export const checkSavePartlabel: Check<string> = (given) => {
  partsOf(given).forEach(labelFilters);
  return given.value;
};

/** Numbers and ranges, separated by commas; as they were given. */
export const checkSavePartindex: Check<string> = (given) => {
  partsOf(given).forEach(indexFilters);
  return given.value;
};

/** `--save-partindex -3` is a range, and looks like an option. */
export function objectionToPartindex(text: string): string | undefined {
  return commaSeparated.split(text).some((word) => rangeOf(word) === undefined)
    ? 'It must be the number of a partition such as 5, or a range such as 5-7, 5- or -7.'
    : undefined;
}

/** All that were given; a partition is saved that any of them matches. */
export function partitionFilters(
  given: Readonly<Partial<Record<'savePartlabel' | 'savePartindex', Resolved<string> | undefined>>>,
): PartitionFilter[] {
  const { savePartlabel, savePartindex } = given;
  return [
    ...(savePartlabel ? partsOf(savePartlabel).flatMap(labelFilters) : []),
    ...(savePartindex ? partsOf(savePartindex).flatMap(indexFilters) : []),
  ];
}

/** A value on the kernel command line is not overridden by another place, and cannot be changed before the next boot. */
function refuse(
  given: Resolved<string>,
  purpose: string,
  { why, next }: { readonly why: string; readonly next: string },
): ParameterError {
  const { kind, name } = given.origin;
  const without =
    kind === 'kernel'
      ? ` To install without it: echo ${name.replace('=', '')} >> /tmp/ignored_args; then try again.`
      : '';
  return unusable(given, purpose, {
    code: 'invalid-partition-filter',
    why,
    next: `${next}${without}`,
  });
}

/** Throws `ParameterError`. */
export function labelFilters(given: Resolved<string>): PartitionFilter[] {
  return commaSeparated.split(given.value).map((glob) => {
    // What an unset variable of a script gives, which would save nothing.
    if (glob === '')
      throw refuse(given, 'labels of partitions to save', {
        why: 'a label in it is empty',
        next: 'Give a label, or the number of a partition without one with --save-partindex.',
      });
    // As in "data, logs", of which only data would be saved.
    if (glob.trim() !== glob)
      throw refuse({ ...given, value: glob }, 'a label of partitions to save', {
        why: 'it begins or ends with a space',
        next: 'Separate labels by commas without spaces. For a label that has such a space, put ? in its place.',
      });
    const pattern = parseGlob(glob);
    if (pattern === undefined) {
      throw refuse({ ...given, value: glob }, 'a label of partitions to save', {
        why: 'it is not a pattern: [ without ], or more than two * together',
        next: 'Give a label, in which * matches any characters, ? one, and [ab] one of these.',
      });
    }
    return {
      given: withOrigin(given, glob),
      by: 'label',
      isExact: !/[*?[]/.test(glob),
      matches: ({ name }) => pattern(name),
    };
  });
}

/** Throws `ParameterError`. */
export function indexFilters(given: Resolved<string>): PartitionFilter[] {
  return commaSeparated.split(given.value).map((word) => {
    const range = rangeOf(word);
    if (range === undefined) {
      throw refuse({ ...given, value: word }, 'numbers of partitions to save', {
        why: 'it is neither the number of a partition, which begin with 1, nor a range of them',
        next: 'Give a number such as 5, or a range such as 5-7, 5- or -7.',
      });
    }
    const { from, to } = range;
    return {
      given: withOrigin(given, word),
      by: 'index',
      isExact: from === to,
      matches: ({ number }) => number >= from && number <= to,
    };
  });
}

function withOrigin({ origin }: Resolved<string>, text: string): string {
  return origin.name.endsWith('=') ? `${origin.name}${text}` : `${origin.name} ${text}`;
}

function rangeOf(word: string): { readonly from: number; readonly to: number } | undefined {
  const [, first, dash, last] = /^(\d{1,9})?(?:(-)(\d{1,9})?)?$/.exec(word) ?? [];
  if (first === undefined && last === undefined) return undefined;
  const from = first === undefined ? 1 : Number(first);
  const to = last !== undefined ? Number(last) : dash ? Number.POSITIVE_INFINITY : from;
  return from < 1 || to < from ? undefined : { from, to };
}
