import type { Command } from '../../commands/command.ts';
import { addParameterOptions } from '../../commands/option-values.ts';
import { addFetchOptions } from '../../commands/stream-options.ts';
import { addFleet, fleetOf } from './fleet-directory.ts';
import type { ImageAddOptions } from './run-image-add.ts';

export const imageAddCommand: Command<ImageAddOptions> = {
  word: 'image add',
  summary: 'take an image, kernel or initramfs into a fleet, verified',
  define(commander) {
    addFleet(commander)
      .description(
        'Copies or downloads files into the assets of a fleet, under the name of their\n' +
          'SHA-256, and prints the line that a profile needs for each. The signature next to\n' +
          'a file (.sig or .asc) must be good; machines then check the digest.',
      )
      .argument('<files...>', 'paths or URLs of an image, a kernel, an initramfs')
      .option('--insecure', 'also without a signature; a wrong one still fails')
      .option('--quiet', 'do not print the progress');
    addParameterOptions(commander, ['keyring']);
    addFetchOptions(commander);
  },
  read(commander) {
    const [, ...files] = commander.args;
    return {
      ...commander.opts<Omit<ImageAddOptions, 'directory' | 'files'>>(),
      directory: fleetOf(commander),
      files,
    };
  },
  run: async (options) => await (await import('./run-image-add.ts')).runImageAdd(options),
};
