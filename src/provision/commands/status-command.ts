import type { Command } from '../../commands/command.ts';
import type { StatusAsked } from '../serve/run-status.ts';
import { addDirectory, directoryOf } from './fleet-directory.ts';

export const statusCommand: Command<StatusAsked> = {
  word: 'status',
  summary: 'show the machines of a fleet, and which need you',
  define(commander) {
    commander
      .description('Shows what the page shows: counts, what is being installed, who needs a human.')
      .option('--all', 'a line for every machine')
      .option('--watch', 'show it again whenever it changes, until Ctrl-C')
      .option('--json', 'print JSON, for scripts: docs/fleet/operations.md');
    addDirectory(commander);
  },
  read(commander) {
    const { all, watch, json, dir } = commander.opts<Options>();
    if (watch && json) commander.error('--watch is for people, --json for scripts: give one');
    return {
      ...{ all: all ?? false, watch: watch ?? false, json: json ?? false },
      directory: directoryOf({ dir }),
    };
  },
  run: async (asked) => await (await import('../serve/run-status.ts')).runStatus(asked),
};

interface Options {
  readonly all?: true;
  readonly watch?: true;
  readonly json?: true;
  readonly dir?: string;
}
