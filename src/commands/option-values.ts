import { type Command as Commander, InvalidArgumentError, Option } from 'commander';
import type { ValueParameter } from '../parameters/parameter-kinds.ts';
import { allParameters, type ParameterKey } from '../parameters/parameters.ts';

/**
 * The word after an option. One that looks like an option means that the value was forgotten, and an empty one is
 * what an unset variable of a script gives: as a path it would be the working directory.
 */
export function text(value: string): string {
  if (value === '') throw new InvalidArgumentError('It is empty.');
  if (value.startsWith('-')) throw new InvalidArgumentError('It looks like another option.');
  if (value.startsWith('=')) throw new InvalidArgumentError('Use a space instead of "=".');
  return value;
}

/** A path; `-` is standard input or output. */
export function path(value: string): string {
  return value === '-' ? value : text(value);
}

/** For options that may be repeated. */
export function each(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text(value)];
}

export function jobs(value: string): number {
  const count = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= 256) return count;
  throw new InvalidArgumentError('It must be a whole number from 1 to 256.');
}

/** A file descriptor other than the three that every program has. */
export function descriptor(value: string): number {
  const number = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (number >= 3) return number;
  throw new InvalidArgumentError('It must be the number of an open descriptor, 3 or higher.');
}

/** Adds the options of parameters; those that have none are skipped. */
export function addParameterOptions(commander: Commander, keys: readonly ParameterKey[]): void {
  for (const key of keys) {
    const parameter = allParameters[key];
    if (parameter.option === undefined) continue;
    const option = new Option(parameter.option, parameter.help);
    if ('check' in parameter) setValueReader(option, parameter);
    commander.addOption(option);
  }
}

function setValueReader(option: Option, parameter: ValueParameter): void {
  if (parameter.choices) option.choices(parameter.choices);
  else option.argParser((value, before: string | undefined) => readValue(value, before, parameter));
}

function readValue(
  value: string,
  before: string | undefined,
  { once, repeated, objection, mayBeEmpty }: ValueParameter,
): string {
  const wrong = objection?.(value) ?? repeated?.objection?.(value);
  if (wrong !== undefined) throw new InvalidArgumentError(wrong);
  const word = objection || (mayBeEmpty && value === '') ? value : text(value);
  if (before === undefined) return word;
  if (once && before !== value)
    throw new InvalidArgumentError(`${before} was given before: give only one.`);
  return repeated ? repeated.join([before, word]) : word;
}
