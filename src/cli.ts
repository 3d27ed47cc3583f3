import { Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander';
import { helpAfterOptions } from './cli-help.ts';
import { ParameterError } from './errors.ts';

export interface InstallOptions {
  readonly device?: string;
  readonly ignitionUrl?: string;
  readonly imageUrl?: string;
  readonly platform?: string;
  /** How many blocks are decoded at the same time; undefined: as the machine has cores. */
  readonly jobs?: number;
  /** How long a server may stay out of reach before the first byte; `Infinity`: for ever. */
  readonly retryForMs: number;
}

export type Command =
  | { readonly kind: 'install'; readonly options: InstallOptions }
  | { readonly kind: 'version'; readonly verbose: boolean }
  | { readonly kind: 'help'; readonly text: string };

/**
 * Reads the command line (without the program's own name). Where an option is given twice, the
 * last one counts. Whatever is wrong is a `ParameterError`; nothing is printed here.
 */
export function parseCommandLine(
  argv: readonly string[],
  { version }: { readonly version: string },
): Command {
  let helpText = '';
  const program = definition(version).configureOutput({
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
    writeOut: (text) => {
      helpText += text;
    },
    writeErr: () => {},
  });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed')
      return { kind: 'help', text: `${helpText.trimEnd()}\n` };
    throw misunderstood(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
  }
  const { version: versionWanted, verbose, retryFor, ...given } = program.opts<Options>();
  const [leftover] = program.args;
  if (leftover !== undefined) throw misunderstood(`'${leftover}' does not belong to any option`);
  if (versionWanted) return { kind: 'version', verbose: verbose ?? false };
  return { kind: 'install', options: { ...given, retryForMs: retryFor } };
}

type Options = Omit<InstallOptions, 'retryForMs'> & {
  readonly retryFor: number;
  readonly version?: true;
  readonly verbose?: true;
};

function definition(version: string): Commander {
  return new Commander('coreos-installer')
    .description(
      `coreos-installer ${version} writes a Fedora CoreOS image to a disk and leaves it an\n` +
        'Ignition config for the first boot.',
    )
    .usage('-d DEVICE [-i URL|PATH] -b URL|PATH [options]')
    .option('-d, --device <device>', 'disk to install to: vda, /dev/vda, disk/by-id/...', text)
    .option('-i, --ignition-url <url>', 'Ignition config: URL or path; skip for none', text)
    .option('-b, --image-url <url>', 'disk image (raw, .xz, .gz or .zst): URL or path', text)
    .option('-p, --platform <id>', 'Ignition platform id, instead of that of the image', text)
    .option('--jobs <n>', 'blocks decoded at the same time (default: by cores)', jobs)
    .addOption(
      new Option('--retry-for <time>', 'wait for a server to come up: 90s, 5m, 2h; 0 for ever')
        .argParser(duration)
        .default(60_000, '60s'),
    )
    .option('--version', 'print the version and exit')
    .option('--verbose', 'with --version: also name what is inside')
    .helpOption('-h, --help', 'print this help and exit')
    .addHelpText('after', helpAfterOptions)
    .allowExcessArguments()
    .exitOverride();
}

/** The word after an option. One that looks like an option means that the value was forgotten. */
function text(value: string): string {
  if (value.startsWith('-')) throw new InvalidArgumentError('It looks like another option.');
  if (value.startsWith('=')) throw new InvalidArgumentError('Write a blank in place of the =.');
  return value;
}

function jobs(value: string): number {
  const count = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= 256) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 256.');
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000 };

function duration(value: string): number {
  const [, digits, unit = 's'] = /^(\d{1,6})([smh])?$/.exec(value) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('It looks like 90s, 5m, 2h or 0.');
  return Number(digits) === 0 ? Infinity : Number(digits) * unitMs[unit as keyof typeof unitMs];
}

function misunderstood(why: string): ParameterError {
  return new ParameterError({
    failed: 'Cannot understand the command line',
    why: why.replace(/\.$/, ''),
    next: 'Try coreos-installer --help.',
  });
}
