import type { Command } from '../../commands/command.ts';
import type { ImportOptions } from './run-import.ts';

export const importMatchboxCommand: Command<ImportOptions> = {
  word: 'import matchbox',
  summary: 'make a fleet from the groups and profiles of matchbox',
  define(commander) {
    commander
      .description(
        'Makes the directory of a fleet from groups/, profiles/ and ignition/ of matchbox,\n' +
          'and lists what is left to do: Go templates are not executed. A file that is not\n' +
          'valid ends it with exit code 4, and nothing is written.',
      )
      .argument('<from>', 'the data directory of matchbox, such as /var/lib/matchbox')
      .argument('<into>', 'the directory to make');
  },
  read: ({ args: [from = '', into = ''] }) => ({ from, into }),
  run: async (options) => await (await import('./run-import.ts')).runImport(options),
};
