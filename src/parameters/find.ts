import { type Origins, type TodaysCommand, todaysName } from './dialects.ts';
import { describeOrigin, type Origin, rank } from './given.ts';
import { booleanArgument, type KernelArgument } from './kernel-cmdline.ts';
import { nearest } from './known-arguments.ts';
import type { ListForm } from './lists.ts';
import { type ParameterFiles, parameterFilePath } from './parameter-files.ts';
import {
  allParameters,
  type Flag,
  type FlagKey,
  flagKeys,
  flagParameters,
  type OptionNames,
  optionNames,
  type ParameterKey,
  type ParameterOptions,
  type Resolved,
  type ValueKey,
  valueKeys,
  valueParameters,
} from './parameters.ts';

/** What the config files of an installation medium give. */
export interface Configured {
  readonly options: ParameterOptions;
  /** Where each was given, `FILE:LINE`. */
  readonly origins: Origins;
}

/** The places that a parameter may come from, in the order in which they win. */
export interface Sources {
  readonly options: ParameterOptions;
  /** How the options were written, where not as in the list of parameters. */
  readonly command?: TodaysCommand | undefined;
  /** Kernel arguments for the first boot, by an option. */
  readonly firstbootArgs?: string | undefined;
  readonly files: ParameterFiles;
  readonly kernel: readonly KernelArgument[];
  readonly configured?: Configured | undefined;
}

/**
 * The value from the first place that has one, or of those that add up from all. Oddities are added to
 * `notes`.
 */
export function find(
  key: ValueKey,
  sources: Sources,
  notes: string[],
): Resolved<string> | undefined {
  const [first, ...others] = findAll(key, sources, notes);
  const { addsUp, repeated } = valueParameters[key];
  if (first === undefined || !addsUp || repeated === undefined) return first;
  const isOverridden = ({ kind }: Origin) => kind === 'file' && first.origin.kind === 'option';
  return together([first, ...others.filter(({ origin }) => !isOverridden(origin))], repeated);
}

/** The values from all places that have one, in the order in which they win. */
export function findAll(
  key: ValueKey,
  { options, command, files, kernel, configured }: Sources,
  notes: string[],
): Resolved<string>[] {
  const option = optionNames(key);
  const fromOption = option && options[option.property];
  const fromFile = files[key];
  const fromKernel = findInKernel(key, kernel, notes, fromOption ?? fromFile);
  const fromConfig = option && configured?.options[option.property];
  const all: Resolved<string>[] = [];
  if (typeof fromOption === 'string' && option)
    all.push({ value: fromOption, origin: optionOrigin(key, option, command) });
  if (fromFile !== undefined) {
    const name = parameterFilePath(key, files.directory);
    all.push({ value: fromFile, origin: { kind: 'file', name } });
  }
  if (fromKernel?.value !== undefined)
    all.push({ value: fromKernel.value, origin: { kind: 'kernel', name: `${fromKernel.name}=` } });
  if (typeof fromConfig === 'string')
    all.push({ value: fromConfig, origin: configOrigin(key, configured) });
  return all;
}

/** All values of several places, each of them once, as that of the place that comes first. */
function together(
  given: readonly Resolved<string>[],
  list: ListForm,
): Resolved<string> | undefined {
  const seen = new Set<string>();
  const parts = given.flatMap(({ value, origin }) => {
    const added = list.split(value).filter((one) => !seen.has(one));
    for (const one of added) seen.add(one);
    return added.length === 0 ? [] : [{ value: list.join(added), origin }];
  });
  const [first, ...others] = parts;
  if (first === undefined || others.length === 0) return first;
  const names = [first.origin.name, ...others.map(({ origin }) => describeOrigin(origin))];
  return {
    value: list.join(parts.map(({ value }) => value)),
    origin: { kind: first.origin.kind, name: names.join(' and ') },
    parts,
  };
}

function optionOrigin(
  key: ParameterKey,
  { short }: OptionNames,
  command: TodaysCommand | undefined,
): Origin {
  return command?.origins[key] ?? { kind: 'option', name: short };
}

/** A flag from the first place that says something; undefined when that says no. */
export function findFlag(key: FlagKey, sources: Sources): Flag {
  const { options, command, files, kernel, configured } = sources;
  const option = optionNames(key);
  const { argument } = flagParameters[key];
  if (option && options[option.property] === true) {
    return { value: true, origin: optionOrigin(key, option, command) };
  }
  const fromFile = files[key];
  if (fromFile === true) {
    return { value: true, origin: { kind: 'file', name: parameterFilePath(key, files.directory) } };
  }
  const fromKernel = fromFile ?? booleanArgument(kernel, argument);
  if (fromKernel === true) return { value: true, origin: { kind: 'kernel', name: argument } };
  if (fromKernel === false || !option || configured?.options[option.property] !== true)
    return undefined;
  return { value: true, origin: configOrigin(key, configured) };
}

function configOrigin(key: ParameterKey, configured: Configured | undefined): Origin {
  return { kind: 'config', name: configured?.origins[key]?.name ?? 'a config file' };
}

/** As they were given; any of them may be missing. */
export type KnownValues = Readonly<Partial<Record<ValueKey, string>>>;

/**
 * The values that are known, unchecked: for the command to try after a failure. The value of a
 * misspelled kernel argument is included, so that the command is complete.
 */
export function knownValues(sources: Sources): KnownValues {
  const meant = new Map(sources.kernel.map(({ name, value }) => [nearest(name)?.key, value]));
  const values = valueKeys.map((key) => [
    key,
    find(key, sources, [])?.value ?? (meant.get(key) || undefined),
  ]);
  const known: KnownValues = Object.fromEntries(values.filter(([, value]) => value !== undefined));
  const [stream, imageUrl] = [find('stream', sources, []), find('imageUrl', sources, [])];
  if (stream === undefined || imageUrl === undefined) return known;
  const { stream: _, ...withImage } = known;
  const { imageUrl: __, ...withStream } = known;
  return isStreamUsed(stream, imageUrl) ? withStream : withImage;
}

/** Whether a stream overrides an image that is given as well: the one whose origin comes first. */
export function isStreamUsed(stream: Resolved<string>, image: Resolved<string>): boolean {
  return rank(stream.origin) < rank(image.origin);
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

/** The last argument with a value is used. Oddities are noted, unless it was overridden. */
function findInKernel(
  key: ValueKey,
  kernel: readonly KernelArgument[],
  notes: string[],
  overriddenBy: string | boolean | undefined,
): KernelArgument | undefined {
  const { argument: right, misspelledArgument: wrong, repeated } = valueParameters[key];
  const all = kernel.filter(({ name }) => name === right || name === wrong);
  const given = all.filter(({ value }) => value !== undefined && value !== '');
  const last = given.at(-1);
  if (repeated && last)
    return { ...last, value: repeated.join(given.map(({ value = '' }) => value)) };
  if (overriddenBy !== undefined && overriddenBy !== last?.value) return last;
  if (all.length > given.length)
    notes.push(`The kernel argument ${right}= has no value and is ignored.`);
  if (all.some(({ name }) => name === wrong))
    notes.push(`The kernel argument ${wrong}= is misspelled; the correct name is ${right}=.`);
  if (new Set(given.map(({ value }) => value)).size > 1) {
    notes.push(`The kernel argument ${right}= is given more than once; the last one is used.`);
  }
  return last;
}

export type GivenKey = ParameterKey | 'additionalOptions';

/** How a user gives that parameter, in words. */
export function waysToGive(key: GivenKey, { files, command }: Sources): string {
  if (command !== undefined && key !== 'additionalOptions') return `as ${todaysName(key)}`;
  const { directory } = files;
  const path = parameterFilePath(key, directory);
  if (key === 'additionalOptions') return `in the file ${path}`;
  const option = optionNames(key);
  const withOption = option ? `with the option ${option.typed}, ` : '';
  const parameter = allParameters[key];
  const written = 'check' in parameter ? `${parameter.argument}=` : parameter.argument;
  return `${withOption}in the file ${path}, or as the kernel argument ${written}`;
}

/** The option or the file that gives the parameter, whatever the kernel arguments say. */
export function givenOtherwise(key: GivenKey, { options, files }: Sources): string | undefined {
  const option = key === 'additionalOptions' ? undefined : optionNames(key);
  if (option && options[option.property] !== undefined) return option.short;
  return files[key] === undefined ? undefined : parameterFilePath(key, files.directory);
}
