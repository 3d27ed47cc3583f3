import type { Command } from '../../commands/command.ts';
import { text } from '../../commands/option-values.ts';
import { addFleet, fleetOf } from './fleet-directory.ts';
import type { CheckOptions } from './run-check.ts';

export const checkCommand: Command<CheckOptions> = {
  word: 'check',
  summary: 'render and validate the config of every machine',
  define(commander) {
    addFleet(commander)
      .description(
        'Reads the files of a fleet as serve does, renders the config of every machine,\n' +
          'validates it, and lists everything that is wrong: FILE:LINE:COLUMN: message.\n' +
          'The exit code is 0 if serve would use these files, and 4 otherwise.',
      )
      .option('--machine <name>', 'print the Ignition config of this machine', text)
      .option('--show-secrets', 'print secrets in it too, instead of ***');
  },
  read(commander) {
    const options = commander.opts<Omit<CheckOptions, 'directory'>>();
    if (options.showSecrets && options.machine === undefined)
      commander.error('--show-secrets needs --machine');
    return { ...options, directory: fleetOf(commander) };
  },
  run: async (options) => await (await import('./run-check.ts')).runCheck(options),
};
