import type { Stats } from 'node:fs';
import { ParameterError } from '../../lib/errors.ts';
import { readSmallFile, UnusableFileError } from '../../lib/small-file.ts';
import { type GivenInFile, type OptionForm, readConfigFile } from '../../parameters/config-file.ts';
import type { Origins, TodaysCommand } from '../../parameters/dialects.ts';
import { byDefault, type Origin } from '../../parameters/given.ts';
import {
  allParameters,
  optionNames,
  type ParameterKey,
  parameterKeys,
} from '../../parameters/parameters.ts';
import { defaultStream } from '../../streams/stream-place.ts';
import type { CommandOptions } from './run-outcome.ts';
import { formsOfOptions, type Todays, type TodaysOptions } from './todays-options.ts';

const configFileLimitBytes = 1024 * 1024;

/** The options of a config file. `owner`: who alone may have written it. */
export async function readOptions(path: string, owner?: 'root'): Promise<GivenInFile[]> {
  return optionsIn(path, await readSmall(path, owner), formsOfOptions());
}

/** The same of its content. Throws `ParameterError`. */
export function optionsIn(
  path: string,
  bytes: Uint8Array,
  forms: readonly OptionForm[],
): GivenInFile[] {
  return readConfigFile(path, bytes, forms).map((one) => {
    if (one.name === 'dest-device' && String(one.value).startsWith('-')) {
      throw new ParameterError({
        code: 'installer-config-invalid',
        failed: `Cannot use the config file ${path}`,
        why: `${one.place}: dest-device is not the name of a device`,
        next: 'Give a device such as /dev/vda.',
      });
    }
    return one.name === 'ignition' ? { ...one, name: 'ignition-file' } : one;
  });
}

/** The device is an argument, all else an option. */
export function wordsOf({ name, value }: GivenInFile): string[] {
  if (name === 'dest-device') return [String(value)];
  return value === true ? [`--${name}`] : [`--${name}`, value];
}

async function readSmall(path: string, owner: 'root' | undefined): Promise<Uint8Array> {
  const refuse = (why: string, cause?: unknown) =>
    new ParameterError(
      {
        code: 'installer-config-unreadable',
        failed: `Cannot read the config file ${path}`,
        why,
        next: 'Check the path.',
      },
      { cause },
    );
  try {
    const judge = ({ uid, mode }: Stats) => {
      if (owner !== undefined && (uid !== 0 || (mode & 0o022) !== 0))
        throw new UnusableFileError('users other than root can change it');
    };
    return await readSmallFile(path, configFileLimitBytes, { followLinks: true, judge });
  } catch (error) {
    throw refuse((error as Error).message, error);
  }
}

/** The same wishes in the options that an installation has. */
export function toOptions({ device, options }: Todays, command: TodaysCommand): CommandOptions {
  const {
    imageFile,
    ignitionFile,
    insecure,
    configFile,
    insecureIgnition,
    preserveOnError,
    ...rest
  } = options;
  const imageUrl = rest.imageUrl ?? imageFile;
  const ignitionUrl = rest.ignitionUrl ?? ignitionFile;
  const stream = rest.stream ?? (imageUrl === undefined ? defaultStream : undefined);
  return {
    ...rest,
    ...(device !== undefined && { device }),
    ...(imageUrl !== undefined && { imageUrl }),
    ...(ignitionUrl !== undefined && { ignitionUrl }),
    ...(stream !== undefined && { stream }),
    ...(!insecure && { requireSignature: true }),
    // What is missing is an error there; a prompt would accept what an option does not.
    prompt: false,
    command,
  };
}

/** What gave each parameter: an option that was typed, else a line of a config file; of a list all of them. */
export function originsOf(
  {
    device,
    options,
  }: { readonly device?: string | undefined; readonly options: Partial<TodaysOptions> },
  inFiles: readonly GivenInFile[],
): Origins {
  const otherwise: Origin = { kind: 'config', name: byDefault };
  const origins: Partial<Record<ParameterKey, Origin>> = {
    stream: otherwise,
    requireSignature: otherwise,
  };
  const note = (key: ParameterKey, option: string, typed: unknown) => {
    const lines = inFiles.filter(({ name }) => `--${name}` === option).map(({ place }) => place);
    const all = typed === undefined ? lines : [...lines, option];
    const used = 'repeated' in allParameters[key] ? [...new Set(all)] : all.slice(-1);
    if (used.length === 0) return;
    origins[key] = { kind: typed === undefined ? 'config' : 'option', name: used.join(' and ') };
  };
  for (const key of parameterKeys) {
    const option = optionNames(key);
    if (option === undefined || key === 'device') continue;
    note(key, option.long, options[option.property as keyof TodaysOptions]);
  }
  if (options.imageUrl === undefined) note('imageUrl', '--image-file', options.imageFile);
  if (options.ignitionUrl === undefined)
    note('ignitionUrl', '--ignition-file', options.ignitionFile);
  note('device', '--dest-device', undefined);
  if (device !== undefined) origins.device = { kind: 'option', name: 'the command line' };
  return origins;
}
