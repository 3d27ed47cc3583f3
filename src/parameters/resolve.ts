import { existsSync } from 'node:fs';
import { ParameterError } from '../errors.ts';
import { booleanArgument, type KernelArgument, parseKernelArguments } from './kernel-cmdline.ts';
import { misspelledDevice, notesOnUnknown } from './known-arguments.ts';
import { checkArgumentText, networkArguments, notesOnGrub } from './network.ts';
import { type ParameterFiles, parameterFilePath } from './parameter-files.ts';
import type { Flag, ParameterOptions, Parameters, Resolved } from './parameters.ts';
import { checkDevice, checkLocation, checkPlatformId } from './values.ts';

export { describeParameters } from './describe.ts';
export type { Origin, ParameterOptions, Parameters, Resolved } from './parameters.ts';
export { rememberParameters } from './remember.ts';

export interface ParameterSources {
  readonly options: ParameterOptions;
  readonly files: ParameterFiles;
  readonly kernel: readonly KernelArgument[];
  /** Tells a relative path from a relative URL. */
  readonly fileExists?: (path: string) => boolean;
}

const places = {
  device: { option: 'device', flag: '-d DEVICE', argument: 'coreos.inst.install_dev' },
  ignitionUrl: { option: 'ignitionUrl', flag: '-i URL', argument: 'coreos.inst.ignition_url' },
  imageUrl: { option: 'imageUrl', flag: '-b URL', argument: 'coreos.inst.image_url' },
  platformId: { option: 'platform', flag: '-p ID', argument: 'coreos.inst.platform_id' },
} as const;

type Key = keyof typeof places;

/**
 * Decides what is installed where: an option wins over a file, a file over a kernel argument.
 * Whatever is missing or wrong is a `ParameterError` that says how to give it.
 */
export function resolveParameters(sources: ParameterSources): Parameters {
  const { files, kernel, fileExists = existsSync } = sources;
  const notes: string[] = notesOnUnknown(kernel);
  const device = find('device', sources, notes);
  const ignition = find('ignitionUrl', sources, notes);
  const image = find('imageUrl', sources, notes);
  const platformId = find('platformId', sources, notes);
  if (device === undefined || image === undefined) {
    throw missing({ device, imageUrl: image }, files.directory);
  }

  const skipIgnition = ignition?.value === 'skip';
  if (ignition === undefined) notes.push(noConfig(files.directory));
  const extra = extraArguments(sources);
  const network = networkArguments(files, extra.noPersistIp ? [] : kernel);
  const kept = extra.noPersistIp ? [] : network.networkArguments;
  notes.push(...notesOnGrub(kept));

  return {
    device: checkDevice(device),
    ignitionUrl:
      ignition && !skipIgnition
        ? checkLocation(ignition, 'the Ignition config', fileExists)
        : undefined,
    skipIgnition: ignition && skipIgnition ? { value: true, origin: ignition.origin } : undefined,
    imageUrl: checkLocation(
      { ...image, value: image.value.replace(/(?<!:\/)\/$/, '') },
      'the image',
      fileExists,
    ),
    platformId: platformId && checkPlatformId(platformId),
    skipReboot: flag('skipReboot', 'coreos.inst.skip_reboot', sources),
    skipMediaCheck: flag('skipMediaCheck', 'coreos.inst.skip_media_check', sources),
    ...extra,
    networkArguments: kept,
    networkOrigin: kept.length > 0 ? network.networkOrigin : undefined,
    notes,
  };
}

function find(
  key: Key,
  { options, files, kernel }: ParameterSources,
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

function flag(
  key: 'skipReboot' | 'skipMediaCheck',
  argument: string,
  { files, kernel }: ParameterSources,
): Flag {
  const fromFile = files[key];
  if (fromFile === true) {
    return { value: true, origin: { kind: 'file', name: parameterFilePath(key, files.directory) } };
  }
  if (fromFile === false || booleanArgument(kernel, argument) !== true) return undefined;
  return { value: true, origin: { kind: 'kernel', name: argument } };
}

function extraArguments({
  files,
  kernel,
}: ParameterSources): Pick<Parameters, 'noPersistIp' | 'extraKcmdline'> {
  const name = 'coreos.no_persist_ip';
  const text = files.additionalOptions;
  const fromFile = text !== undefined;
  const origin = fromFile
    ? ({ kind: 'file', name: parameterFilePath('additionalOptions', files.directory) } as const)
    : ({ kind: 'kernel', name } as const);
  const on = booleanArgument(fromFile ? parseKernelArguments(text) : kernel, name) === true;
  const value = fromFile ? text : on ? `${name}=1` : '';
  return {
    noPersistIp: on ? { value: true, origin } : undefined,
    extraKcmdline: value === '' ? undefined : checkArgumentText({ value, origin }),
  };
}

function missing(
  found: Partial<Record<Key, Resolved<string> | undefined>>,
  directory: string,
): ParameterError {
  const names = { device: 'the target device', imageUrl: 'the image' };
  const keys = (['device', 'imageUrl'] as const).filter((key) => found[key] === undefined);
  const what = keys.map((key) => names[key]).join(' and ');
  return new ParameterError({
    failed: 'Cannot install',
    why: `${what} ${keys.length > 1 ? 'are' : 'is'} missing`,
    next: keys.map((key) => `Give ${names[key]} ${waysToGive(key, directory)}.`).join(' '),
  });
}

function waysToGive(key: Key, directory: string): string {
  const { flag, argument } = places[key];
  const path = parameterFilePath(key, directory);
  return `with the option ${flag}, in the file ${path}, or as the kernel argument ${argument}=`;
}

function noConfig(directory: string): string {
  return (
    'No Ignition config is given: nobody will be able to log in to the installed system. ' +
    `Give one ${waysToGive('ignitionUrl', directory)}, or say skip there.`
  );
}
