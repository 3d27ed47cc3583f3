import type { Syntax } from '../command.ts';

export interface IgnitionValidateCommand {
  readonly kind: 'ignition validate';
  /** Paths; `-` is standard input. */
  readonly files: readonly string[];
  /** Whether warnings fail too. */
  readonly strict: boolean;
}

export const ignitionValidate: Syntax<IgnitionValidateCommand> = {
  word: 'ignition validate',
  summary: 'check Ignition configs',
  define(command) {
    command
      .description(
        'Checks Ignition configs of the versions 3.0.0 to 3.6.0, and prints for each finding\n' +
          'FILE:LINE:COLUMN: error|warning: what is wrong (path in the config).\n\n' +
          'The exit code is 0 when no config has an error, and 4 otherwise.',
      )
      .argument('<files...>', 'configs; - for standard input')
      .option('--strict', 'fail on warnings too');
  },
  read: (command) => ({
    kind: 'ignition validate',
    files: command.args,
    strict: command.opts<{ strict?: true }>().strict ?? false,
  }),
};
