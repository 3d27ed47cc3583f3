import { InvalidArgumentError } from 'commander';
import type { Command } from '../command.ts';
import { addIso, inLines, isoAnd } from '../medium-options.ts';
import { path, text } from '../option-values.ts';
import type { IsoExtractMinimal, IsoExtractPxe } from './run-iso-extract.ts';

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

const minimalIso: Command<IsoExtractMinimal> = {
  word: 'iso extract minimal-iso',
  summary: 'make an ISO that fetches its root file system',
  define(commander) {
    commander.description(
      inLines(
        'Makes a small ISO image of a live ISO image, which is not customized: it boots, and fetches its root file system from a server.',
      ),
    );
    addIso(commander)
      .argument('[output]', 'a new file; default: standard output', path)
      .option('--output-rootfs <file>', 'save the root file system in this new file', text)
      .option('--rootfs-url <url>', 'where the small ISO fetches it', rootfsUrl);
  },
  read(commander) {
    const [iso = '', output = '-'] = commander.args;
    return { ...commander.opts<Pick<IsoExtractMinimal, 'rootfsUrl'>>(), iso, output };
  },
  run: async (options) => await (await import('./run-iso-extract.ts')).extractMinimal(options),
};

function rootfsUrl(value: string): string {
  if (!/^\S+$/.test(value)) throw new InvalidArgumentError('It contains a space.');
  return text(value);
}

export const isoExtract = [pxe, minimalIso] as const;
