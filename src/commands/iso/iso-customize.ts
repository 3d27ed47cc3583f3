import type { Command } from '../command.ts';
import { addCustomizeOptions, checkCustomizeOptions } from '../customize-options.ts';
import { addIso, addIsoOutput, inLines, inPlaceHelp, isoAnd } from '../medium-options.ts';
import { each, text } from '../option-values.ts';
import type { IsoCustomize } from './run-iso-customize.ts';

export const isoCustomize: Command<IsoCustomize> = {
  word: 'iso customize',
  summary: 'customize a live ISO: what it installs, and how',
  define(commander) {
    commander.description(
      inLines(
        `Customizes a live ISO image of Fedora CoreOS: what it installs, to which disk, and how it boots. With an option --dest-... or --installer-config the medium installs by itself.\n\n${inPlaceHelp}`,
      ),
    );
    addCustomizeOptions(addIso(commander))
      .option('--image <file>', 'disk image to put on a medium of this program, and install', text)
      .option('--live-karg-append <karg>', 'kernel argument to add to the live system', each)
      .option('--live-karg-delete <karg>', 'kernel argument to remove from it', each)
      .option('--live-karg-replace <k=o=n>', 'kernel argument to replace in it', each)
      .option('-f, --force', 'replace the customizations that the image has');
    addIsoOutput(commander);
  },
  read: (commander) => checkCustomizeOptions(commander, isoAnd<IsoCustomize>(commander)),
  run: async (options) => await (await import('./run-iso-customize.ts')).customizeIso(options),
};
