import { booleanArgument, type KernelArgument } from './kernel-cmdline.ts';
import { misspelledDevice } from './known-arguments.ts';
import { nearest } from './near-spelling.ts';
import { type ParameterFiles, parameterFilePath } from './parameter-files.ts';
import type { Flag, ParameterOptions, Resolved } from './parameters.ts';
import {
  type FlagKey,
  flagKeys,
  flagPlaces,
  type Place,
  placeOf,
  type ValueKey,
  valueKeys,
  valuePlaces,
} from './where-given.ts';

/** The three places that a parameter may come from. */
export interface Sources {
  readonly options: ParameterOptions;
  readonly files: ParameterFiles;
  readonly kernel: readonly KernelArgument[];
}

/** The value from the first place that has one. What is odd about it goes into `notes`. */
export function find(
  key: ValueKey,
  { options, files, kernel }: Sources,
  notes: string[],
): Resolved<string> | undefined {
  const { option, typed, argument } = valuePlaces[key];
  const fromOption = options[option];
  const fromFile = files[key];
  const fromKernel = findInKernel(key, kernel, notes, fromOption ?? fromFile);
  if (fromOption !== undefined) {
    return { value: fromOption, origin: { kind: 'option', name: optionName(typed) } };
  }
  if (fromFile !== undefined) {
    const name = parameterFilePath(key, files.directory);
    return { value: fromFile, origin: { kind: 'file', name } };
  }
  if (fromKernel?.value === undefined) return undefined;
  const name = fromKernel.name === misspelledDevice ? misspelledDevice : argument;
  return { value: fromKernel.value, origin: { kind: 'kernel', name: `${name}=` } };
}

/** A flag from the first place that says something; undefined when that says no. */
export function findFlag(key: FlagKey, { options, files, kernel }: Sources): Flag {
  const { option, typed, argument }: Place = flagPlaces[key];
  if (option !== undefined && options[option as keyof ParameterOptions] === true) {
    return { value: true, origin: { kind: 'option', name: typed ?? option } };
  }
  const fromFile = files[key];
  if (fromFile === true) {
    return { value: true, origin: { kind: 'file', name: parameterFilePath(key, files.directory) } };
  }
  if (fromFile === false || booleanArgument(kernel, argument) !== true) return undefined;
  return { value: true, origin: { kind: 'kernel', name: argument } };
}

const optionName = (typed: string) => typed.replace(/ .*/, '');

/** As they were given; any of them may be missing. */
export type KnownValues = Readonly<Partial<Record<ValueKey, string>>>;

/**
 * What is known of the values, unchecked: for the command to try after a failure. A misspelled
 * kernel argument tells what was meant, so that the command is complete.
 */
export function knownValues(sources: Sources): KnownValues {
  const meant = new Map(sources.kernel.map(({ name, value }) => [nearest(name)?.key, value]));
  const values = valueKeys.map((key) => [
    key,
    find(key, sources, [])?.value ?? (meant.get(key) || undefined),
  ]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** The flags that are on, as far as they can be understood: for the same command. */
export function knownFlags(sources: Sources): FlagKey[] {
  return flagKeys.filter((key) => {
    try {
      return findFlag(key, sources) !== undefined;
    } catch {
      return false;
    }
  });
}

/** The last argument with a value counts. What is odd about it is noted, unless it was overruled. */
function findInKernel(
  key: ValueKey,
  kernel: readonly KernelArgument[],
  notes: string[],
  overruledBy: string | undefined,
): KernelArgument | undefined {
  const { argument: right, repeated }: Place = valuePlaces[key];
  const all = kernel.filter(
    ({ name }) => name === right || (key === 'device' && name === misspelledDevice),
  );
  const given = all.filter(({ value }) => value !== undefined && value !== '');
  const last = given.at(-1);
  if (repeated && last) return { ...last, value: given.map(({ value }) => value).join(' ') };
  if (overruledBy !== undefined && overruledBy !== last?.value) return last;
  if (all.length > given.length)
    notes.push(`The kernel argument ${right}= has no value and is ignored.`);
  if (all.some(({ name }) => name === misspelledDevice)) {
    notes.push(`The kernel argument ${misspelledDevice}= is misspelled; ${right}= is right.`);
  }
  if (new Set(given.map(({ value }) => value)).size > 1) {
    notes.push(`The kernel argument ${right}= is given more than once; the last one counts.`);
  }
  return last;
}

export type GivenKey = ValueKey | FlagKey | 'additionalOptions';

/** How a user gives that parameter, in words. */
export function waysToGive(key: GivenKey, directory: string): string {
  const path = parameterFilePath(key, directory);
  if (key === 'additionalOptions') return `in the file ${path}`;
  const { typed, argument } = placeOf(key);
  const option = typed === undefined ? '' : `with the option ${typed}, `;
  const written = key in valuePlaces ? `${argument}=` : argument;
  return `${option}in the file ${path}, or as the kernel argument ${written}`;
}

/** The option or the file that gives the parameter, whatever the kernel arguments say. */
export function givenOtherwise(key: GivenKey, { options, files }: Sources): string | undefined {
  const { option, typed = '' }: Partial<Place> = key === 'additionalOptions' ? {} : placeOf(key);
  if (option !== undefined && options[option as keyof ParameterOptions] !== undefined)
    return optionName(typed);
  return files[key] === undefined ? undefined : parameterFilePath(key, files.directory);
}
