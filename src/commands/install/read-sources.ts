import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Configured } from '../../parameters/find.ts';
import { withoutIgnored } from '../../parameters/judge-arguments.ts';
import { type KernelArgument, readKernelArguments } from '../../parameters/kernel-cmdline.ts';
import { readParameterFiles } from '../../parameters/parameter-files.ts';
import type { ParameterSources } from '../../parameters/resolve.ts';
import type { CommandOptions } from './run-outcome.ts';

const mediumConfigDirectory = 'etc/coreos/installer.d';

/**
 * Everything that gives parameters. What is typed after the word `install` is all: nothing comes from another
 * run, or the boot menu. `onKnown` gets what is known, each time before something is read that may fail.
 */
export async function readSources(
  options: CommandOptions,
  onKnown: (sources: ParameterSources) => void,
  root = '/',
): Promise<ParameterSources> {
  const { command, firstbootArgs } = options;
  const directory = join(root, 'tmp');
  const typed = { options, command, firstbootArgs, files: { directory }, kernel: [] };
  if (command !== undefined) return typed;
  onKnown(typed);
  const all = await readKernelArguments(root);
  onKnown({ ...typed, kernel: all });
  const files = await readParameterFiles(directory);
  const kernel = withoutIgnored(all, files);
  onKnown({ options, files, kernel });
  const configured = await configuredByMedium(join(root, mediumConfigDirectory), kernel);
  return { options, files, kernel, configured };
}

/** Few machines have such files: what reads them is loaded where there are some. */
async function configuredByMedium(
  directory: string,
  kernel: readonly KernelArgument[],
): Promise<Configured | undefined> {
  if (!existsSync(directory)) return undefined;
  const { readMediumConfig } = await import('./medium-config.ts');
  return await readMediumConfig(directory, kernel);
}
