import { version } from '../../lib/version.ts';
import { parameterKeys } from '../../parameters/parameters.ts';
import type { Command } from '../command.ts';
import { addParameterOptions } from '../option-values.ts';
import { helpAfterOptions } from './install-help.ts';
import { addRunOptions, checkRunOptions } from './run-options.ts';
import type { CommandOptions } from './run-outcome.ts';

/** To install, or to print the version. */
export type Asked = CommandOptions | { readonly version: true; readonly verbose: boolean };

/** What the program does without the name of a command: installs, with the options of 2019. */
export const legacyInstall: Command<Asked> = {
  word: '',
  writesDisks: true,
  meant: {
    argument: 'the device is given with -d, or after all options of coreos-installer install',
    '-u': 'an image is given with -b here, with -u after coreos-installer install',
    '-f': 'an image is given with -b here, with -f after coreos-installer install',
    '--image-file': 'a file is given with -b, too',
    '-I': 'a config is given with -i here, with -I after coreos-installer install',
    '--ignition-file': 'a file is given with -i, too',
    '--ignition': 'a file is given with -i, too',
    '-n': 'the network is copied with --copy-network here, with -n after coreos-installer install',
    '-c': 'config files are read by coreos-installer install',
    '--config-file': 'config files are read by coreos-installer install',
  },
  summary: 'write an image to a disk',
  define(commander, { version, commands }) {
    commander
      .description(
        `coreos-installer ${version} writes a Fedora CoreOS image to a disk and\n` +
          'adds an Ignition config for the first boot.',
      )
      .usage('-d DEVICE [-i URL|PATH] -b URL|PATH [options]');
    addParameterOptions(commander, parameterKeys);
    addRunOptions(commander);
    commander
      .option('--version', 'print the version and exit')
      .option('--verbose', 'with --version: also print the versions of its parts')
      .addHelpText('after', helpAfterOptions(commands));
  },
  read(commander) {
    const { version, verbose, ...options } = commander.opts<Options>();
    checkRunOptions(commander, options);
    if (version) return { version, verbose: verbose ?? false };
    return options;
  },
  async run(asked) {
    if ('version' in asked) return await printVersion(asked);
    return await (await import('./run-install.ts')).runInstall(asked);
  },
  // An installation continues even if nobody reads its output.
  isForOutput: (asked) => 'version' in asked || asked.dryRun === true,
};

type Options = CommandOptions & { readonly version?: true; readonly verbose?: true };

/** `--version`; with `--verbose` also its parts and the platform. */
async function printVersion({ verbose }: { readonly verbose: boolean }): Promise<number> {
  const lines = [`coreos-installer ${version}`];
  if (verbose) {
    // Loaded only here: they need modules of Node that take more time than everything else.
    const { describeLiblzma } = await import('../../native/addon.ts');
    const { trustedKeys } = await import('../../verify/trusted-keys.ts');
    lines.push(
      `Node.js ${process.versions.node}`,
      `liblzma ${describeLiblzma()}`,
      `target ${process.platform}-${process.arch}`,
      ...trustedKeys().map(({ fingerprint, userId }) => `key ${fingerprint} ${userId}`),
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
