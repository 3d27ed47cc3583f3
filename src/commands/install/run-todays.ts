import { exitCodes, ParameterError } from '../../lib/errors.ts';
import { readSmallFile } from '../../lib/small-file.ts';
import { type GivenInFile, readConfigFile } from '../../parameters/config-file.ts';
import type { TodaysCommand } from '../../parameters/dialects.ts';
import { optionNames, type ParameterKey, parameterKeys } from '../../parameters/parameters.ts';
import { defaultStream } from '../../streams/stream-place.ts';
import { runInstall } from './run-install.ts';
import type { CommandOptions } from './run-outcome.ts';
import { formsOfOptions, parseTodays, type Todays, type TodaysOptions } from './todays-options.ts';

const configFileLimitBytes = 1024 * 1024;

/**
 * Installs as `coreos-installer install` is asked to. Options of config files, in their order, come
 * before those that were typed. Resolves with 0, 1 or 2, as tools expect of it, or the code of a
 * signal. Throws `ParameterError` before anything is shown.
 */
export async function runTodays(typed: Todays): Promise<number> {
  const inFiles: GivenInFile[] = [];
  for (const path of typed.options.configFile ?? []) inFiles.push(...(await readOptions(path)));
  const all = parseTodays([...inFiles.flatMap(asWords), ...typed.words]);
  requireSafeConfig(all.options);
  const exitCode = await runInstall(
    toOptions(all, { names: namesOf(typed, inFiles), words: typed.words }),
  );
  const isOther = exitCode > exitCodes.parameters && exitCode < exitCodes.signalBase;
  return isOther ? exitCodes.internal : exitCode;
}

async function readOptions(path: string): Promise<GivenInFile[]> {
  const given = readConfigFile(path, await readSmall(path), formsOfOptions());
  return given.map((one) => {
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
function asWords({ name, value }: GivenInFile): string[] {
  if (name === 'dest-device') return [String(value)];
  return value === true ? [`--${name}`] : [`--${name}`, value];
}

async function readSmall(path: string): Promise<Uint8Array> {
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
    return await readSmallFile(path, configFileLimitBytes, { followLinks: true });
  } catch (error) {
    throw refuse((error as Error).message, error);
  }
}

/** Without TLS, anyone on the network could give the machine another config. */
function requireSafeConfig({ ignitionUrl, ignitionHash, insecureIgnition }: TodaysOptions): void {
  if (!/^http:/i.test(ignitionUrl ?? '') || ignitionHash !== undefined || insecureIgnition) return;
  throw new ParameterError({
    code: 'ignition-config-insecure',
    failed: 'Cannot use the Ignition config',
    why: 'an http:// URL is not protected against changes on the way, and no digest is given',
    next: 'Use https://, give its digest with --ignition-hash, or accept it with --insecure-ignition.',
  });
}

/** The same wishes in the options that an installation has. */
function toOptions({ device, options }: Todays, command: TodaysCommand): CommandOptions {
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

/** What gave each parameter: an option that was typed, else the line of a config file. */
function namesOf(
  { device, options }: Todays,
  inFiles: readonly GivenInFile[],
): Partial<Record<ParameterKey, string>> {
  const names: Partial<Record<ParameterKey, string>> = {
    stream: 'the default',
    requireSignature: 'the default',
  };
  const note = (key: ParameterKey, option: string, typed: unknown) => {
    const inFile = inFiles.findLast(({ name }) => `--${name}` === option)?.place;
    const name = typed === undefined ? inFile : option;
    if (name !== undefined) names[key] = name;
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
  if (device !== undefined) names.device = 'the command line';
  return names;
}
