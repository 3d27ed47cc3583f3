import type { Command } from '../command.ts';
import { addIso, inLines, isoAnd } from '../medium-options.ts';
import { text } from '../option-values.ts';
import type { IsoExtractPxe } from './run-iso-extract.ts';

const pxe: Command<IsoExtractPxe> = {
  word: 'iso extract pxe',
  summary: 'save the PXE files that are in a live ISO',
  define(commander) {
    commander.description(
      inLines(
        'Saves the kernel, the initramfs and the root file system of a live ISO image, for a PXE server, and prints their paths. Does not replace any file.',
      ),
    );
    addIso(commander).option('-o, --output-dir <dir>', 'save them in this directory', text, '.');
  },
  read: isoAnd,
  run: async (options) => await (await import('./run-iso-extract.ts')).extractPxe(options),
};

export const isoExtract = [pxe] as const;
