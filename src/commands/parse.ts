import { Command as Commander, CommanderError } from 'commander';
import { entryOf } from '../lib/entry-of.ts';
import { ParameterError } from '../lib/errors.ts';
import type { Command } from './command.ts';
import { commands, withoutWord } from './commands.ts';

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
 * Parses the command line (without the name of the program). If an option is given twice, the last
 * one is used, but two devices are refused. Every error is a `ParameterError`; nothing is printed.
 */
export function parseCommandLine(argv: readonly string[], invocation: Invocation): Request {
  const group = groupOf(argv, invocation);
  if (group !== undefined) return group;
  const { command, name, rest } = choose(argv, invocation);
  let helpText = '';
  const commander = commanderOf(command, name, invocation.version).configureOutput({
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

/** The command, even if the rest of the command line is wrong. */
export function commandOf(argv: readonly string[], programName: string): Command {
  return choose(argv, { programName, version: '' }).command;
}

/** A command for commander; also used for lists of its options (man page, completion). */
export function commanderOf(command: Command, name: string, version: string): Commander {
  const commander = new Commander(name)
    .helpOption('-h, --help', 'print this help and exit')
    .allowExcessArguments()
    .exitOverride();
  command.define(commander, { version, commands });
  return commander;
}

interface Choice {
  readonly command: Command;
  /** The program's name with the command's word, as it was typed. */
  readonly name: string;
  readonly rest: readonly string[];
}

function choose(argv: readonly string[], { programName = '' }: Invocation): Choice {
  const called = commands.find(({ programNames }) => programNames?.includes(programName));
  if (called) return { command: called, name: programName, rest: argv };
  for (const command of commands) {
    const words = command.word.split(' ');
    if (!words.every((word, index) => argv[index] === word)) continue;
    return { command, name: `coreos-installer ${command.word}`, rest: argv.slice(words.length) };
  }
  return { command: withoutWord, name: 'coreos-installer', rest: argv };
}

/** The answer to the first words of several commands, `iso ignition`, without the last; or undefined. */
function groupOf(argv: readonly string[], { programName = '' }: Invocation): Request | undefined {
  if (commands.some(({ programNames }) => programNames?.includes(programName))) return undefined;
  const typed = argv.slice(0, mostWords);
  const end = typed.findIndex((word) => word.startsWith('-'));
  const words = end < 0 ? typed : typed.slice(0, end);
  for (let count = words.length; count > 0; count -= 1) {
    const group = words.slice(0, count).join(' ');
    if (commands.some(({ word }) => word === group)) return undefined;
    const members = commands.filter(({ word }) => word.startsWith(`${group} `));
    if (members.length === 0) continue;
    const isHelp = ['-h', '--help'].includes(argv[count] ?? '');
    if (isHelp) return { command: withoutWord, help: helpOfGroup(group, members) };
    const next = [...new Set(members.map(({ word }) => word.split(' ')[count]))].join(', ');
    const found = argv[count] === undefined ? '' : `, not by '${argv[count]}'`;
    throw misunderstood(
      `'${group}' must be followed by one of these words${found}: ${next}`,
      `coreos-installer ${group}`,
    );
  }
  return undefined;
}

const mostWords = Math.max(...commands.map(({ word }) => word.split(' ').length));

function helpOfGroup(group: string, members: readonly Command[]): string {
  const lines = members.map(({ word, summary }) => `  ${word.padEnd(23)} ${summary}\n`);
  return `Usage: coreos-installer ${group} COMMAND\n\nCommands, each with its own --help:\n\n${lines.join('')}`;
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
