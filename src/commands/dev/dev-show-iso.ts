import type { Command } from '../command.ts';
import { addIso, inLines, isoAnd } from '../medium-options.ts';
import type { DevShowIso } from './run-dev-show-iso.ts';

export const devShowIso: Command<DevShowIso> = {
  word: 'dev show iso',
  summary: 'show where customizations are in a live ISO',
  define(commander) {
    commander.description(
      inLines(
        'Prints as JSON what a live ISO image contains: its files, and the areas for customizations. Offsets and lengths are in bytes.',
      ),
    );
    addIso(commander)
      .option('--ignition', 'only the area of the Ignition config')
      .option('--kargs', 'only the areas of the kernel arguments');
  },
  read(commander) {
    const options = isoAnd<Omit<DevShowIso, 'iso'>>(commander);
    if (options.ignition && options.kargs)
      commander.error('--ignition and --kargs exclude each other');
    return options;
  },
  run: async (options) => await (await import('./run-dev-show-iso.ts')).showIso(options),
};
