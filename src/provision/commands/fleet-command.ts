import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Command as Commander, Option } from 'commander';
import type { Command } from '../../commands/command.ts';
import { inLines } from '../../commands/medium-options.ts';
import { text } from '../../commands/option-values.ts';
import { absolutePath } from '../../lib/absolute-path.ts';
import { exitCodes, InputError, InstallerError } from '../../lib/errors.ts';
import { withCode } from '../../lib/failure-codes.ts';
import { warn } from '../../ui/output.ts';

/** Where the packaged service has its fleet. */
export const serviceDirectory = '/var/lib/coreos-provision';

/** What is particular to a command of coreos-provision; `fleetCommand` has what all share. */
export interface FleetCommand<Options> {
  readonly word: string;
  readonly summary: string;
  /** Paragraphs of any width. */
  readonly description: string;
  /**
   * Where its fleet is given: as the first argument (the default), for commands that work on files; as
   * `--dir`, or by where it is called, for those that ask the server; or there is none yet.
   */
  readonly fleet?: 'argument' | 'option' | 'none';
  /** Its other arguments, such as `<mac>`, with their help. */
  readonly args?: Readonly<Record<string, string>>;
  /** The same of its options, such as `--machine <name>`. */
  readonly options?: Readonly<Record<string, string | OptionHelp>>;
  /** Declares options that need more. */
  define?(commander: Commander): void;
  /** Why what was given cannot be meant. */
  objection?(given: Given<Options>): string | undefined;
  /** Resolves with the exit code if it is not 0. The modules that it needs are loaded only now. */
  run(given: Given<Options>): Promise<number | undefined>;
}

/** With what is used where it is not given, and all values that it may have. */
type OptionHelp = readonly [
  help: string,
  byDefault?: string | undefined,
  choices?: readonly string[],
];

export interface Given<Options> {
  /** Of the fleet; absolute, since programs that a server starts may have another working directory. */
  readonly directory: string;
  readonly args: readonly string[];
  readonly options: Options;
}

export function fleetCommand<Options = object>(
  own: FleetCommand<Options>,
): Command<Given<Options>> {
  const { word, summary, description, fleet = 'argument' } = own;
  return {
    word,
    summary,
    define(commander) {
      commander.description(inLines(description));
      if (fleet === 'argument') commander.argument('<directory>', 'the directory of the fleet');
      for (const [name, help] of Object.entries(own.args ?? {})) commander.argument(name, help);
      for (const [flags, given] of Object.entries(own.options ?? {})) {
        const [help, byDefault, choices] = typeof given === 'string' ? [given] : given;
        const option = new Option(flags, help).default(byDefault);
        if (choices !== undefined) option.choices(choices);
        else if (option.required) option.argParser(text);
        commander.addOption(option);
      }
      own.define?.(commander);
      const help = `the fleet’s directory; default: this one, or else\n${serviceDirectory}`;
      if (fleet === 'option') commander.option('--dir <directory>', help, text);
    },
    read(commander) {
      const { dir, ...options } = commander.opts();
      const [first = '', ...others] = commander.args;
      const here = existsSync('fleet.yaml') ? '.' : serviceDirectory;
      const given: Given<Options> = {
        directory: absolutePath(fleet === 'argument' ? first : (dir ?? here)),
        args: fleet === 'argument' ? others : commander.args,
        options: options as Options,
      };
      const objection = own.objection?.(given);
      if (objection !== undefined) commander.error(objection);
      return given;
    },
    run: async (given) =>
      await exitCodeOf(async () => {
        if (fleet === 'argument') requireFleet(given.directory);
        return await own.run(given);
      }),
  };
}

function requireFleet(directory: string): void {
  try {
    statSync(join(directory, 'fleet.yaml'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
    throw new InputError({
      code: 'fleet-invalid',
      failed: `Cannot use ${directory} as the directory of a fleet`,
      why: isAbsent
        ? 'it has no file fleet.yaml'
        : `its file fleet.yaml cannot be reached (${code})`,
      next: isAbsent
        ? 'coreos-provision init DIRECTORY makes one.'
        : 'Run this as root, or as the user that the fleet belongs to.',
    });
  }
}

/** Runs work; where it fails, prints all reasons, a line each. Resolves with the exit code. */
export async function exitCodeOf(work: () => Promise<number | undefined>): Promise<number> {
  try {
    return (await work()) ?? exitCodes.installed;
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
    const { failed, code, reasons = [] } = error.failure;
    for (const line of reasons) warn(line);
    warn(withCode(reasons.length > 0 ? `${failed}.` : error.message, code));
    return error.exitCode;
  }
}
