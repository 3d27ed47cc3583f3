import type { Command } from '../command.ts';
import type { IgnitionValidateOptions } from './run-ignition-validate.ts';

export const ignitionValidate: Command<IgnitionValidateOptions> = {
  word: 'ignition validate',
  summary: 'check Ignition configs',
  define(commander) {
    commander
      .description(
        'Checks Ignition configs of versions 3.0.0 to 3.6.0, and prints for each\n' +
          'finding FILE:LINE:COLUMN: error|warning: what is wrong (path in the config).\n\n' +
          'The exit code is 0 if no config has an error, and 4 otherwise.',
      )
      .argument('<files...>', 'configs; - for standard input')
      .option('--strict', 'fail on warnings too');
  },
  read: (commander) => ({
    files: commander.args,
    strict: commander.opts<{ strict?: true }>().strict ?? false,
  }),
  run: async (options) =>
    await (await import('./run-ignition-validate.ts')).runIgnitionValidate(options),
};
