import type { Command } from '../command.ts';
import { addFetchOptions, addStreamOptions } from '../stream-options.ts';
import type { ListStreamOptions } from './run-list-stream.ts';

export const listStream: Command<ListStreamOptions> = {
  word: 'list-stream',
  summary: 'list the images of a Fedora CoreOS stream',
  define(commander) {
    commander.description(
      'Lists the images of a stream: architecture, platform and format of each. These\n' +
        'are the values for --architecture, --platform and --format of\n' +
        'coreos-installer download.',
    );
    addStreamOptions(commander);
    addFetchOptions(commander);
  },
  read: (commander) => commander.opts<ListStreamOptions>(),
  run: async (options) => await (await import('./run-list-stream.ts')).runListStream(options),
};
