import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ParameterError } from '../../lib/errors.ts';
import type { GivenInFile } from '../../parameters/config-file.ts';
import type { Configured } from '../../parameters/find.ts';
import { byDefault } from '../../parameters/given.ts';
import { booleanArgument, type KernelArgument } from '../../parameters/kernel-cmdline.ts';
import { optionNames, type ParameterOptions, parameterKeys } from '../../parameters/parameters.ts';
import { originsOf, readOptions, toOptions, wordsOf } from './todays-config.ts';
import { notOnMedium, parseTodays } from './todays-options.ts';

/** The server may start after the machines: they wait for it forever. */
const patience = '0';

/**
 * What the config files of an installation medium give, in the order of their names; undefined where
 * there are none. They have the options of `coreos-installer install`, and its defaults: an image
 * needs a signature unless `insecure` says otherwise. Only the time to retry is that of a medium.
 * Throws `ParameterError` with file, line and column.
 */
export async function readMediumConfig(
  directory: string,
  kernel: readonly KernelArgument[],
): Promise<Configured | undefined> {
  const paths = await configFiles(directory);
  if (paths.length === 0) return undefined;
  const given = [];
  for (const path of paths) given.push(...(await readOptions(path, 'root')));
  return configuredBy(given, kernel);
}

/** What options of such files give together, in this order. Throws `ParameterError` with file and line. */
export function configuredBy(
  given: readonly GivenInFile[],
  kernel: readonly KernelArgument[],
): Configured {
  const foreign = given.find(({ name }) => notOnMedium.has(name));
  if (foreign !== undefined)
    throw unusable(
      `${foreign.place}: ${foreign.name} is an option for the command line only`,
      'Remove the line.',
    );
  const origins = originsOf({ options: {} }, given);
  const todays = parseTodays(given.flatMap(wordsOf), (why) =>
    // Options have no dashes in these files.
    unusable(`${placesOf(why, given)}: ${why.replaceAll(/--(?=[a-z])/g, '')}`, 'Correct it.'),
  );
  const parsed = toOptions(todays, { origins, words: [] });
  const properties = new Set<string | undefined>(
    parameterKeys.map((key) => optionNames(key)?.property),
  );
  // A kernel argument wins over a config file, also over its default.
  if (booleanArgument(kernel, 'coreos.inst.insecure')) properties.delete('requireSignature');
  const options = Object.entries(parsed).filter(([property]) => properties.has(property));
  return {
    options: { retryFor: patience, ...(Object.fromEntries(options) as ParameterOptions) },
    origins: { retryFor: { kind: 'config', name: byDefault }, ...origins },
  };
}

function unusable(why: string, next: string): ParameterError {
  const failed = 'Cannot use the config files of this medium';
  return new ParameterError({ code: 'installer-config-invalid', failed, why, next });
}

/** Where the options are that a reason names; those of all where it names none. */
function placesOf(why: string, given: readonly GivenInFile[]): string {
  const words: readonly string[] = why.match(/--[a-z-]+/g) ?? [];
  const named = given.filter(({ name }) => words.includes(`--${name}`));
  return [...new Set((named.length > 0 ? named : given).map(({ place }) => place))].join(', ');
}

async function configFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  const visible = names.filter((name) => !name.startsWith('.'));
  return visible.sort().map((name) => join(directory, name));
}
