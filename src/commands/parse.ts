import type { Command as Commander } from 'commander';
import type { Command } from './command.ts';
import { installer } from './commands.ts';
import { defineCommand, type Invocation, parseWords, type Request } from './parse-words.ts';

/** `parseWords` for coreos-installer. */
export function parseCommandLine(argv: readonly string[], invocation: Invocation): Request {
  return parseWords(installer, argv, invocation);
}

/** `defineCommand` for coreos-installer. */
export function commanderOf(command: Command, name: string, version: string): Commander {
  return defineCommand(command, name, { version, commands: installer.commands });
}
