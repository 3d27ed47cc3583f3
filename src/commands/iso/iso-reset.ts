import type { Command } from '../command.ts';
import {
  addIso,
  addIsoOutput,
  type IsoChangeOptions,
  inLines,
  inPlaceHelp,
  isoAnd,
} from '../medium-options.ts';

export const isoReset: Command<IsoChangeOptions> = {
  word: 'iso reset',
  summary: 'remove all customizations from a live ISO',
  define(commander) {
    commander.description(
      inLines(
        `Removes everything that was embedded in a live ISO image, and restores its kernel arguments.\n\n${inPlaceHelp}`,
      ),
    );
    addIsoOutput(addIso(commander));
  },
  read: isoAnd,
  run: async (options) => await (await import('./run-iso-reset.ts')).resetIso(options),
};
