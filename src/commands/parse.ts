import { Command as Commander, CommanderError } from 'commander';
import { ParameterError } from '../lib/errors.ts';
import type { Syntax } from './command.ts';
import { type DevicesCommand, devices } from './devices/devices-command.ts';
import {
  type IgnitionValidateCommand,
  ignitionValidate,
} from './ignition-validate/ignition-validate-command.ts';
import { type InstallCommand, install } from './install/install-command.ts';
import { type TranslateCommand, translate } from './translate/translate-command.ts';

export type { InstallOptions } from './install/install-command.ts';

export type Command =
  | InstallCommand
  | DevicesCommand
  | TranslateCommand
  | IgnitionValidateCommand
  | { readonly kind: 'help'; readonly text: string };

/** All there is; the first one is meant where the command line begins with no other's word. */
export const syntaxes: readonly Syntax<Command>[] = [install, devices, ignitionValidate, translate];

export interface Invocation {
  readonly version: string;
  /** What the program was called as, without directories. */
  readonly programName?: string;
}

/**
 * Reads the command line (without the program's own name). Where an option is given twice, the
 * last one counts, but two devices are refused. Whatever is wrong is a `ParameterError`; nothing is printed here.
 */
export function parseCommandLine(argv: readonly string[], invocation: Invocation): Command {
  const { syntax, name, rest } = choose(argv, invocation);
  let helpText = '';
  const command = commanderOf(syntax, name, invocation.version).configureOutput({
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
    writeOut: (text) => {
      helpText += text;
    },
    writeErr: () => {},
  });
  try {
    command.parse(syntax.adapt?.(rest) ?? rest, { from: 'user' });
    const leftover = leftoverOf(command);
    if (leftover !== undefined) command.error(`'${leftover}' does not belong to any option`);
    return syntax.read(command);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed')
      return { kind: 'help', text: `${helpText.trimEnd()}\n` };
    throw misunderstood(error.message.replace(/^error: /, '').replaceAll('\n', ' '), name);
  }
}

/** Whether it is about a disk, however wrong the rest of the command line is. */
export function meansInstall(argv: readonly string[], programName: string): boolean {
  return choose(argv, { programName, version: '' }).syntax === install;
}

/** A command as commander knows it: also for whoever wants a list of its options. */
export function commanderOf(syntax: Syntax<Command>, name: string, version: string): Commander {
  const command = new Commander(name)
    .helpOption('-h, --help', 'print this help and exit')
    .allowExcessArguments()
    .exitOverride();
  syntax.define(command, version);
  return command;
}

interface Choice {
  readonly syntax: Syntax<Command>;
  /** The program's name with the command's word, as it was typed. */
  readonly name: string;
  readonly rest: readonly string[];
}

function choose(argv: readonly string[], { programName = '' }: Invocation): Choice {
  const called = syntaxes.find(({ programNames }) => programNames?.includes(programName));
  if (called) return { syntax: called, name: programName, rest: argv };
  for (const syntax of syntaxes) {
    const words = syntax.word.split(' ');
    if (!words.every((word, index) => argv[index] === word)) continue;
    return { syntax, name: `coreos-installer ${syntax.word}`, rest: argv.slice(words.length) };
  }
  return { syntax: install, name: 'coreos-installer', rest: argv };
}

/** The first word that no option and no argument takes. */
function leftoverOf({ args, registeredArguments }: Commander): string | undefined {
  return registeredArguments.at(-1)?.variadic ? undefined : args[registeredArguments.length];
}

function misunderstood(why: string, name: string): ParameterError {
  return new ParameterError({
    code: 'invalid-command-line',
    failed: 'Cannot understand the command line',
    why: why.replace(/\.$/, ''),
    next: `Try ${name} --help.`,
  });
}
