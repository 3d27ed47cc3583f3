import type { KernelArgument } from './kernel-cmdline.ts';
import { misspelledDevice } from './known-arguments.ts';
import { type ParameterFiles, parameterFilePath } from './parameter-files.ts';
import type { ParameterOptions, Resolved } from './parameters.ts';

/** The three places that a parameter may come from. */
export interface Sources {
  readonly options: ParameterOptions;
  readonly files: ParameterFiles;
  readonly kernel: readonly KernelArgument[];
}

const places = {
  device: { option: 'device', flag: '-d DEVICE', argument: 'coreos.inst.install_dev' },
  ignitionUrl: { option: 'ignitionUrl', flag: '-i URL', argument: 'coreos.inst.ignition_url' },
  imageUrl: { option: 'imageUrl', flag: '-b URL', argument: 'coreos.inst.image_url' },
  platformId: { option: 'platform', flag: '-p ID', argument: 'coreos.inst.platform_id' },
} as const;

export type Key = keyof typeof places;

/** The value from the first place that has one. What is odd about it goes into `notes`. */
export function find(
  key: Key,
  { options, files, kernel }: Sources,
  notes: string[],
): Resolved<string> | undefined {
  const { option, flag, argument } = places[key];
  const fromOption = options[option];
  const fromFile = files[key];
  const fromKernel = findInKernel(key, kernel, notes, fromOption ?? fromFile);
  if (fromOption !== undefined) {
    return { value: fromOption, origin: { kind: 'option', name: flag.slice(0, 2) } };
  }
  if (fromFile !== undefined) {
    const name = parameterFilePath(key, files.directory);
    return { value: fromFile, origin: { kind: 'file', name } };
  }
  if (fromKernel?.value === undefined) return undefined;
  const name = fromKernel.name === misspelledDevice ? misspelledDevice : argument;
  return { value: fromKernel.value, origin: { kind: 'kernel', name: `${name}=` } };
}

/** As they were given; any of them may be missing. */
export type KnownValues = Readonly<Partial<Record<Key, string>>>;

/** What is known of the four values, unchecked: for the command to try after a failure. */
export function knownValues(sources: Sources): KnownValues {
  const keys = Object.keys(places) as Key[];
  const values = keys.map((key) => [key, find(key, sources, [])?.value]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** The last argument with a value counts. What is odd about it is noted, unless it was overruled. */
function findInKernel(
  key: Key,
  kernel: readonly KernelArgument[],
  notes: string[],
  overruledBy: string | undefined,
): KernelArgument | undefined {
  const { argument: right } = places[key];
  const all = kernel.filter(
    ({ name }) => name === right || (key === 'device' && name === misspelledDevice),
  );
  const given = all.filter(({ value }) => value !== undefined && value !== '');
  const last = given.at(-1);
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

/** How a user gives that parameter, in words. */
export function waysToGive(key: Key, directory: string): string {
  const { flag, argument } = places[key];
  const path = parameterFilePath(key, directory);
  return `with the option ${flag}, in the file ${path}, or as the kernel argument ${argument}=`;
}
