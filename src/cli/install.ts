import { Option } from 'commander';
import { type ProgressMode, progressModes } from '../commands/display/modes.ts';
import { ignitionChecks, type ParameterOptions } from '../parameters/parameters.ts';
import { helpAfterOptions } from './install-help.ts';
import type { Syntax } from './syntax.ts';
import { duration, jobs, onlyDevice, several, text } from './values.ts';

export type InstallOptions = ParameterOptions & {
  /** How many blocks are decoded at the same time; undefined: as the machine has cores. */
  readonly jobs?: number;
  readonly progress: ProgressMode;
  readonly quiet?: true;
  /** False: nobody is asked for what is missing. */
  readonly prompt: boolean;
  readonly dryRun?: true;
  readonly logFile?: string;
  readonly debug?: true;
  /** Standard input is held open by whoever makes the machine ready, and ends when it is. */
  readonly afterStdin?: true;
  /** Only with `dryRun`. */
  readonly json?: true;
};

export type InstallCommand =
  | { readonly kind: 'install'; readonly options: InstallOptions }
  | { readonly kind: 'version'; readonly verbose: boolean };

/** What the program does without a word. */
export const install: Syntax<InstallCommand> = {
  word: 'install',
  summary: 'write an image to a disk (also without the word)',
  define(command, version) {
    command
      .description(
        `coreos-installer ${version} writes a Fedora CoreOS image to a disk and leaves it an\n` +
          'Ignition config for the first boot.',
      )
      .usage('-d DEVICE [-i URL|PATH] -b URL|PATH [options]')
      .option(
        '-d, --device <device>',
        'disk to install to: vda, /dev/vda, disk/by-id/...',
        onlyDevice,
      )
      .option('-i, --ignition-url <url>', 'Ignition config: URL or path; skip for none', text)
      .option('-b, --image-url <url>', 'disk image (raw, .xz, .gz or .zst): URL or path', text)
      .option('-p, --platform <id>', 'Ignition platform id, instead of that of the image', text)
      .option('--image-hash <digest>', 'what the image must be: sha256:... or sha512:...', text)
      .option('--checksum-url <url>', 'file with the digest of the image: URL or path', text)
      .option('--ignition-hash <digest>', 'what the Ignition config must be', text)
      .addOption(
        new Option(
          '--check-ignition <how>',
          'a wrong config: error, warn, off (default: stop if the first boot would fail)',
        ).choices(ignitionChecks),
      )
      .option('--keyring <file>', 'keys to check the signature with, not those inside', text)
      .option('--require-signature', 'refuse an image without a good signature')
      .option('--insecure', 'do not look for a signature')
      .option('--verify', 'read the disk back before it becomes bootable')
      .option('--jobs <n>', 'blocks decoded at the same time (default: by cores)', jobs)
      .option('--retry-for <time>', 'wait for a server: 90s, 5m, 2h; 0 for ever (60s)', duration)
      .option('--proxy <url>', 'fetch through this HTTP proxy: http://host:3128', text)
      .option('--noproxy <list>', 'hosts, domains, networks to reach without a proxy', text)
      .option('--ca-file <file>', 'trust the authorities in this file too (PEM)', text)
      .option('--cert <file>', 'client certificate, if servers ask for one (PEM)', text)
      .option('--key <file>', 'its private key, where that is a file of its own', text)
      .option('--header-file <file>', 'HTTP header fields to send, one a line (tokens)', text)
      .option('--notify-url <url>', 'POST there how it ended (may be repeated)', several)
      .option('--no-prompt', 'ask nothing; by default a person at a terminal is asked')
      .option('--dry-run', 'check everything, print the plan, write nothing')
      .option('--json', 'with --dry-run: print the plan as JSON')
      .addOption(
        new Option('--progress <how>', 'auto, bar, lines, json or none')
          .choices(progressModes)
          .default('auto'),
      )
      .option('--quiet', 'tell only of warnings and failures')
      .option('--log-file <file>', 'add all that happens to this file, secrets masked', text)
      .option('--debug', 'log programs and requests too; without a file to stderr')
      .option('--after-stdin', 'begin when standard input ends (how the medium starts it)')
      .option('--version', 'print the version and exit')
      .option('--verbose', 'with --version: also name what is inside')
      .addHelpText('after', helpAfterOptions);
  },
  read(command) {
    const { version, verbose, ...options } = command.opts<Options>();
    if (options.json && !options.dryRun)
      command.error('--json goes with --dry-run; --progress json tells of an installation');
    if (version) return { kind: 'version', verbose: verbose ?? false };
    return { kind: 'install', options };
  },
};

type Options = InstallOptions & { readonly version?: true; readonly verbose?: true };
