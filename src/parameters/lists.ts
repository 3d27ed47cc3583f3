import { maskUrl } from '../lib/mask-url.ts';
import { parseKernelArguments } from './kernel-cmdline.ts';

/**
 * How a parameter that may be given several times is one text: as its file has it, as the command to
 * try repeats it, as a kernel argument is joined with others of its name. `split` and `join` are
 * inverse to each other for every value that `objection` accepts.
 */
export interface ListForm {
  readonly split: (text: string) => string[];
  readonly join: (values: readonly string[]) => string;
  /** Why a value cannot be part of such a text: it would run into the next one. */
  readonly objection?: (value: string) => string | undefined;
}

/** Values without spaces in them, such as URLs. */
export const words: ListForm = {
  split: (text) => text.split(/\s+/).filter(Boolean),
  join: (values) => values.join(' '),
};

/** Values that may have spaces in them. */
export const commaSeparated: ListForm = {
  split: (text) => text.split(','),
  join: (values) => values.join(','),
};

/** Kernel arguments: spaces separate them, and double quotes preserve spaces. */
export const kernelWords: ListForm = {
  split: (text) => parseKernelArguments(text).map(({ raw }) => raw),
  join: (values) => values.join(' '),
  objection: (value) =>
    value.split('"').length % 2 === 0 ? 'Its last double quote is not closed.' : undefined,
};

/** A value with its secrets masked, each URL of a list by itself. */
export function maskedValue(text: string, list: ListForm | undefined): string {
  return list === undefined ? maskUrl(text) : list.join(list.split(text).map(maskUrl));
}
