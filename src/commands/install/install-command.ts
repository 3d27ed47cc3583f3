import type { Command } from '../command.ts';
import { addTodaysOptions, readTodays, type Todays } from './todays-options.ts';

/** `coreos-installer install DEVICE`, with the options that today's documentation has. */
export const install: Command<Todays> = {
  word: 'install',
  writesDisks: true,
  meant: {
    '-d': 'the device is given without an option here, and with -d without the word install',
    '--device': 'the device is given without an option here, with -d without the word install',
    '-b': 'an image is given with -u or -f here, with -b without the word install',
  },
  summary: 'write an image to a disk, with the options of today',
  define(commander) {
    commander
      .description(
        'Writes a Fedora CoreOS image to a disk and adds an Ignition config for the first\n' +
          'boot. By default it installs the stream stable, and the image must be signed.',
      )
      .usage('[options] DEVICE');
    addTodaysOptions(commander);
    commander.addHelpText('after', helpAfter);
  },
  read(commander, words) {
    const todays = readTodays(commander, words);
    const { stream, imageUrl, imageFile } = todays.options;
    // In a config file, what is typed overrides it.
    if (stream !== undefined && (imageUrl ?? imageFile) !== undefined)
      commander.error(
        `--stream and ${imageUrl === undefined ? '--image-file' : '--image-url'} exclude each other`,
      );
    return todays;
  },
  run: async (asked) => await (await import('./run-todays.ts')).runTodays(asked),
  isForOutput: ({ options }) => options.dryRun === true,
};

const helpAfter = `
The same letters mean something else without the word install:

  with install         without              meaning
  DEVICE               -d DEVICE            disk to install to
  -u URL, -f PATH      -b URL|PATH          disk image
  -I URL, -i PATH      -i URL|PATH          Ignition config
  --insecure           (the default)        accept an image without a signature
  (not possible)       --insecure           do not look for a signature

Files in /tmp and kernel arguments are not read.

Exit codes: 0 installed, 1 failed, 2 wrong or missing parameters, 128+n stopped
by signal n.
`;
