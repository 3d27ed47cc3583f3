import { Option } from 'commander';
import { helpAfterOptions } from './install-help.ts';
import type { Syntax } from './syntax.ts';
import { duration, jobs, text } from './values.ts';

export interface InstallOptions {
  readonly device?: string;
  readonly ignitionUrl?: string;
  readonly imageUrl?: string;
  readonly platform?: string;
  readonly imageHash?: string;
  readonly ignitionHash?: string;
  readonly checksumUrl?: string;
  readonly keyring?: string;
  readonly requireSignature?: true;
  readonly insecure?: true;
  readonly verify?: true;
  /** How many blocks are decoded at the same time; undefined: as the machine has cores. */
  readonly jobs?: number;
  /** How long a server may stay out of reach before the first byte; `Infinity`: for ever. */
  readonly retryForMs: number;
}

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
      .option('-d, --device <device>', 'disk to install to: vda, /dev/vda, disk/by-id/...', text)
      .option('-i, --ignition-url <url>', 'Ignition config: URL or path; skip for none', text)
      .option('-b, --image-url <url>', 'disk image (raw, .xz, .gz or .zst): URL or path', text)
      .option('-p, --platform <id>', 'Ignition platform id, instead of that of the image', text)
      .option('--image-hash <digest>', 'what the image must be: sha256:... or sha512:...', text)
      .option('--checksum-url <url>', 'file with the digest of the image: URL or path', text)
      .option('--ignition-hash <digest>', 'what the Ignition config must be', text)
      .option('--keyring <file>', "keys to check the signature with, not the system's", text)
      .option('--require-signature', 'refuse an image without a good signature')
      .option('--insecure', 'do not look for a signature')
      .option('--verify', 'read the disk back before it becomes bootable')
      .option('--jobs <n>', 'blocks decoded at the same time (default: by cores)', jobs)
      .addOption(
        new Option('--retry-for <time>', 'wait for a server to come up: 90s, 5m, 2h; 0 for ever')
          .argParser(duration)
          .default(60_000, '60s'),
      )
      .option('--version', 'print the version and exit')
      .option('--verbose', 'with --version: also name what is inside')
      .addHelpText('after', helpAfterOptions);
  },
  read(command) {
    const { version, verbose, retryFor, ...given } = command.opts<Options>();
    if (version) return { kind: 'version', verbose: verbose ?? false };
    return { kind: 'install', options: { ...given, retryForMs: retryFor } };
  },
};

type Options = Omit<InstallOptions, 'retryForMs'> & {
  readonly retryFor: number;
  readonly version?: true;
  readonly verbose?: true;
};
