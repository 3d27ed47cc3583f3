import { Command as Commander, CommanderError } from 'commander';
import { entryOf } from '../lib/entry-of.ts';
import { ParameterError } from '../lib/errors.ts';
import type { Command, HelpContext, Program } from './command.ts';

/** A parsed command line: a command with its options, or a help text to print. */
export type Request =
  | { readonly command: Command; readonly asked: unknown }
  | { readonly command: Command; readonly help: string };

export interface Invocation {
  readonly version: string;
  /** What the program was called as, without directories. */
  readonly programName?: string;
}

/**
 * Parses the command line of a program (without the program's name). If an option is given twice,
 * the last one is used. Every error is a `ParameterError`; nothing is printed.
 */
export function parseWords(
  program: Program,
  argv: readonly string[],
  invocation: Invocation,
): Request {
  const group = groupOf(program, argv, invocation);
  if (group !== undefined) return group;
  const { command, name, rest } = chooseCommand(program, argv, invocation.programName);
  let helpText = '';
  const context = { version: invocation.version, commands: program.commands };
  const commander = defineCommand(command, name, context).configureOutput({
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
    writeOut: (text) => {
      helpText += text;
    },
    writeErr: () => {},
  });
  try {
    const words = command.adapt?.(rest) ?? rest;
    commander.parse(words, { from: 'user' });
    const leftover = leftoverOf(commander);
    if (leftover !== undefined)
      commander.error(withMeant(`unexpected argument '${leftover}'`, command.meant?.['argument']));
    return { command, asked: command.read(commander, words) };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed')
      return { command, help: `${helpText.trimEnd()}\n` };
    const why = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    const [, option = ''] = /^unknown option '([^'=]+)/.exec(why) ?? [];
    throw misunderstood(withMeant(why, entryOf(command.meant ?? {}, option)), name);
  }
}

/** A command for commander; also used for lists of its options (man page, completion). */
export function defineCommand(command: Command, name: string, context: HelpContext): Commander {
  const commander = new Commander(name)
    .helpOption('-h, --help', 'print this help and exit')
    .allowExcessArguments()
    .exitOverride();
  command.define(commander, context);
  return commander;
}

interface Choice {
  readonly command: Command;
  /** The program's name with the command's word, as it was typed. */
  readonly name: string;
  readonly rest: readonly string[];
}

/** The command, even if the rest of the command line is wrong. */
export function chooseCommand(
  { name, commands, withoutWord }: Program,
  argv: readonly string[],
  programName = '',
): Choice {
  const called = commands.find(({ programNames }) => programNames?.includes(programName));
  if (called) return { command: called, name: programName, rest: argv };
  for (const command of commands) {
    const words = command.word.split(' ');
    if (!words.every((word, index) => argv[index] === word)) continue;
    return { command, name: `${name} ${command.word}`, rest: argv.slice(words.length) };
  }
  return { command: withoutWord, name, rest: argv };
}

/** The answer to the first words of several commands, `iso ignition`, without the last; or undefined. */
function groupOf(
  { name, commands, withoutWord }: Program,
  argv: readonly string[],
  { programName = '' }: Invocation,
): Request | undefined {
  if (commands.some(({ programNames }) => programNames?.includes(programName))) return undefined;
  const typed = argv.slice(0, Math.max(...commands.map(({ word }) => word.split(' ').length)));
  const end = typed.findIndex((word) => word.startsWith('-'));
  const words = end < 0 ? typed : typed.slice(0, end);
  for (let count = words.length; count > 0; count -= 1) {
    const group = words.slice(0, count).join(' ');
    if (commands.some(({ word }) => word === group)) return undefined;
    const members = commands.filter(({ word }) => word.startsWith(`${group} `));
    if (members.length === 0) continue;
    const isHelp = ['-h', '--help'].includes(argv[count] ?? '');
    if (isHelp) return { command: withoutWord, help: helpOfGroup(`${name} ${group}`, members) };
    const next = [...new Set(members.map(({ word }) => word.split(' ')[count]))].join(', ');
    const found = argv[count] === undefined ? '' : `, not by '${argv[count]}'`;
    throw misunderstood(
      `'${group}' must be followed by one of these words${found}: ${next}`,
      `${name} ${group}`,
    );
  }
  return undefined;
}

function helpOfGroup(group: string, members: readonly Command[]): string {
  const lines = members.map(({ word, summary }) => `  ${word.padEnd(23)} ${summary}\n`);
  return `Usage: ${group} COMMAND\n\nCommands, each with its own --help:\n\n${lines.join('')}`;
}

/** The first word that is not used by an option or an argument. */
function leftoverOf({ args, registeredArguments }: Commander): string | undefined {
  return registeredArguments.at(-1)?.variadic ? undefined : args[registeredArguments.length];
}

function withMeant(why: string, meant: string | undefined): string {
  return meant === undefined ? why : `${why}; ${meant}`;
}

function misunderstood(why: string, name: string): ParameterError {
  return new ParameterError({
    code: 'invalid-command-line',
    failed: 'Cannot understand the command line',
    why: why.replace(/\.$/, ''),
    next: `Try ${name} --help.`,
  });
}
