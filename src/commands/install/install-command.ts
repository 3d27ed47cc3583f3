import { type Command as Commander, Option } from 'commander';
import { parameterKeys } from '../../parameters/parameters.ts';
import { progressModes } from '../../ui/display/modes.ts';
import type { Command } from '../command.ts';
import { addParameterOptions, descriptor, jobs, text } from '../option-values.ts';
import { helpAfterOptions } from './install-help.ts';
import type { CommandOptions } from './run-outcome.ts';

/** To install, or to print the version. */
export type Asked = CommandOptions | { readonly version: true; readonly verbose: boolean };

/** What the program does without the name of a command. */
export const install: Command<Asked> = {
  word: 'install',
  writesDisks: true,
  summary: 'write an image to a disk (the default command)',
  define(commander, { version, commands }) {
    commander
      .description(
        `coreos-installer ${version} writes a Fedora CoreOS image to a disk and\n` +
          'adds an Ignition config for the first boot.',
      )
      .usage('-d DEVICE [-i URL|PATH] -b URL|PATH [options]');
    addParameterOptions(commander, parameterKeys);
    defineRunOptions(commander);
    commander.addHelpText('after', helpAfterOptions(commands));
  },
  read(commander) {
    const { version, verbose, ...options } = commander.opts<Options>();
    if (options.json && !options.dryRun)
      commander.error('--json needs --dry-run; for an installation use --progress json');
    if (version) return { version, verbose: verbose ?? false };
    return options;
  },
  async run(asked) {
    if ('version' in asked) return await (await import('./print-version.ts')).printVersion(asked);
    return await (await import('./run-install.ts')).runInstall(asked);
  },
  // An installation continues even if nobody reads its output.
  isForOutput: (asked) => 'version' in asked || asked.dryRun === true,
};

/** What can be given as an option only: it concerns one run. */
function defineRunOptions(commander: Commander): void {
  commander
    .option('--jobs <n>', 'blocks decoded at the same time (default: by cores)', jobs)
    .option('--no-prompt', 'fail if a parameter is missing, do not prompt')
    .option('--dry-run', 'check everything, print the plan, write nothing')
    .option('--json', 'with --dry-run: print the plan as JSON')
    .addOption(
      new Option('--progress <how>', 'how to show the progress')
        .choices(progressModes)
        .default('auto'),
    )
    .option('--status-fd <n>', 'write a line for each event to this descriptor', descriptor)
    .option('--quiet', 'print only warnings and failures')
    .option('--log-file <file>', 'append a log to this file, secrets masked', text)
    .option('--debug', 'also log programs and requests; without a file: to stderr')
    .option('--after-stdin', 'start when standard input is closed (for the medium)')
    .option('--version', 'print the version and exit')
    .option('--verbose', 'with --version: also print the versions of its parts');
}

type Options = CommandOptions & { readonly version?: true; readonly verbose?: true };
