import type { Command } from '../../commands/command.ts';

export const initCommand: Command<{ readonly directory: string }> = {
  word: 'init',
  summary: 'make the directory of a fleet, with examples to begin with',
  define(commander) {
    commander
      .description(
        'Writes the files of a fleet with an explanation of every setting. The directory\n' +
          'must be empty, or not exist yet.',
      )
      .argument('<directory>', 'the directory to make');
  },
  read: (commander) => ({ directory: commander.args[0] ?? '' }),
  run: async (options) => await (await import('./run-init.ts')).runInit(options),
};
