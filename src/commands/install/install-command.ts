import { Option } from 'commander';
import { ignitionChecks } from '../../parameters/parameters.ts';
import { progressModes } from '../../ui/display/modes.ts';
import type { Command } from '../command.ts';
import { descriptor, duration, jobs, onlyDevice, several, text } from '../option-values.ts';
import { helpAfterOptions } from './install-help.ts';
import type { CommandOptions } from './run-install.ts';

/** To install, or to say which version this is. */
export type Asked = CommandOptions | { readonly version: true; readonly verbose: boolean };

/** What the program does without a word. */
export const install: Command<Asked> = {
  word: 'install',
  writesDisks: true,
  summary: 'write an image to a disk (also without the word)',
  define(commander, { version, commands }) {
    commander
      .description(
        `coreos-installer ${version} writes a Fedora CoreOS image to a disk and\n` +
          'adds an Ignition config for the first boot.',
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
      .option('--image-hash <digest>', 'digest of the image: sha256:... or sha512:...', text)
      .option('--checksum-url <url>', 'file with the digest of the image: URL or path', text)
      .option('--ignition-hash <digest>', 'digest of the Ignition config', text)
      .addOption(
        new Option(
          '--check-ignition <how>',
          'on an invalid config: error, warn, off (default: stop if the first boot would fail)',
        ).choices(ignitionChecks),
      )
      .option('--keyring <file>', 'keys for the signature, instead of the built-in ones', text)
      .option('--require-signature', 'refuse an image without a good signature')
      .option('--insecure', 'do not look for a signature')
      .option('--verify', 'read the disk back before it becomes bootable')
      .option('--jobs <n>', 'blocks decoded at the same time (default: by cores)', jobs)
      .option('--retry-for <time>', 'wait for a server: 90s, 5m, 2h; 0: forever (60s)', duration)
      .option('--proxy <url>', 'fetch through this HTTP proxy: http://host:3128', text)
      .option('--noproxy <list>', 'hosts, domains, networks to reach without a proxy', text)
      .option('--ca-file <file>', 'also trust the CA certificates in this file (PEM)', text)
      .option('--cert <file>', 'client certificate, if servers ask for one (PEM)', text)
      .option('--key <file>', 'its private key, if that is in another file', text)
      .option('--header-file <file>', 'HTTP header fields to send, one per line (tokens)', text)
      .option('--notify-url <url>', 'POST the result to this URL (may be repeated)', several)
      .option('--no-prompt', 'fail if a parameter is missing, do not prompt')
      .option('--dry-run', 'check everything, print the plan, write nothing')
      .option('--json', 'with --dry-run: print the plan as JSON')
      .addOption(
        new Option('--progress <how>', 'auto, bar, lines, json or none')
          .choices(progressModes)
          .default('auto'),
      )
      .option('--status-fd <n>', 'write a line for each event to this descriptor', descriptor)
      .option('--quiet', 'print only warnings and failures')
      .option('--log-file <file>', 'append a log to this file, secrets masked', text)
      .option('--debug', 'also log programs and requests; without a file: to stderr')
      .option('--after-stdin', 'start when standard input is closed (for the medium)')
      .option('--version', 'print the version and exit')
      .option('--verbose', 'with --version: also print the versions of its parts')
      .addHelpText('after', helpAfterOptions(commands));
  },
  read(commander) {
    const { version, verbose, ...options } = commander.opts<Options>();
    if (options.json && !options.dryRun)
      commander.error('--json goes with --dry-run; --progress json tells of an installation');
    if (version) return { version, verbose: verbose ?? false };
    return options;
  },
  async run(asked) {
    if ('version' in asked) return await (await import('../print-version.ts')).printVersion(asked);
    return await (await import('./run-install.ts')).runInstall(asked);
  },
  // An installation goes on whoever reads what it prints.
  isForOutput: (asked) => 'version' in asked || asked.dryRun === true,
};

type Options = CommandOptions & { readonly version?: true; readonly verbose?: true };
