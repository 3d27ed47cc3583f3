import { InvalidArgumentError } from 'commander';
import type { Command } from '../../commands/command.ts';
import { text } from '../../commands/option-values.ts';
import type { EventsAsked } from '../serve/run-events.ts';
import { addDirectory, directoryOf } from './fleet-directory.ts';

export const eventsCommand: Command<EventsAsked> = {
  word: 'events',
  summary: 'print what happened, with who did it and from where',
  define(commander) {
    commander
      .description('Prints the audit log: what machines, operators and the server did.')
      .option('--machine <name>', 'of one machine only', text)
      .option('--after <number>', 'only those after the event with this number', number, 0)
      .option('--json', 'print a JSON object a line, for scripts');
    addDirectory(commander);
  },
  read(commander) {
    const { machine, after, json, dir } = commander.opts<Options>();
    return {
      ...{ after, json: json ?? false, directory: directoryOf({ dir }) },
      ...(machine !== undefined && { machine }),
    };
  },
  run: async (asked) => await (await import('../serve/run-events.ts')).runEvents(asked),
};

interface Options {
  readonly machine?: string;
  readonly after: number;
  readonly json?: true;
  readonly dir?: string;
}

function number(value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be the number of an event.');
}
