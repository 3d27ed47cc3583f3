import { type Resolved, unusable } from './given.ts';
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
  labelFilters(given);
  return given.value;
};

/** Numbers and ranges, separated by commas; as they were given. */
export const checkSavePartindex: Check<string> = (given) => {
  indexFilters(given);
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
    ...(savePartlabel ? labelFilters(savePartlabel) : []),
    ...(savePartindex ? indexFilters(savePartindex) : []),
  ];
}

/** Throws `ParameterError`. */
export function labelFilters(given: Resolved<string>): PartitionFilter[] {
  return commaSeparated.split(given.value).map((glob) => {
    // What an unset variable of a script gives, which would save nothing.
    if (glob === '')
      throw unusable(given, 'labels of partitions to save', {
        code: 'invalid-partition-filter',
        why: 'a label in it is empty',
        next: 'Give a label, or the number of a partition without one with --save-partindex.',
      });
    // As in "data, logs", of which only data would be saved.
    if (glob.trim() !== glob)
      throw unusable({ ...given, value: glob }, 'a label of partitions to save', {
        code: 'invalid-partition-filter',
        why: 'it begins or ends with a space',
        next: 'Separate labels by commas without spaces. For a label that has such a space, put ? in its place.',
      });
    const pattern = parseGlob(glob);
    if (pattern === undefined) {
      throw unusable({ ...given, value: glob }, 'a label of partitions to save', {
        code: 'invalid-partition-filter',
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
      throw unusable({ ...given, value: word }, 'numbers of partitions to save', {
        code: 'invalid-partition-filter',
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
