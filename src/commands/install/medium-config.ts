import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ParameterError } from '../../lib/errors.ts';
import type { Configured } from '../../parameters/find.ts';
import { booleanArgument, type KernelArgument } from '../../parameters/kernel-cmdline.ts';
import { optionNames, type ParameterOptions, parameterKeys } from '../../parameters/parameters.ts';
import { namesOf, readOptions, toOptions, wordsOf } from './todays-config.ts';
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
  const foreign = given.find(({ name }) => notOnMedium.has(name));
  if (foreign !== undefined) {
    throw new ParameterError({
      code: 'installer-config-invalid',
      failed: 'Cannot use the config files of this medium',
      why: `${foreign.place}: ${foreign.name} is an option for the command line only`,
      next: 'Remove the line.',
    });
  }
  const names = namesOf({ options: {} }, given);
  const parsed = toOptions(parseTodays(given.flatMap(wordsOf)), { names, words: [] });
  const properties = new Set<string | undefined>(
    parameterKeys.map((key) => optionNames(key)?.property),
  );
  // A kernel argument wins over a config file, also over its default.
  if (booleanArgument(kernel, 'coreos.inst.insecure')) properties.delete('requireSignature');
  const options = Object.entries(parsed).filter(([property]) => properties.has(property));
  return {
    options: { retryFor: patience, ...(Object.fromEntries(options) as ParameterOptions) },
    names: { retryFor: 'the default', ...names },
  };
}

async function configFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  const visible = names.filter((name) => !name.startsWith('.'));
  return visible.sort().map((name) => join(directory, name));
}
