import type { Command } from '../command.ts';
import { addCustomizeOptions, checkCustomizeOptions } from '../customize-options.ts';
import { inLines } from '../medium-options.ts';
import { path } from '../option-values.ts';
import type { PxeCustomize } from './run-pxe-customize.ts';

export const pxeCustomize: Command<PxeCustomize> = {
  word: 'pxe customize',
  summary: 'customize a PXE initramfs: what it installs, and how',
  define(commander) {
    commander
      .description(
        inLines(
          'Writes a copy of an initramfs of Fedora CoreOS with customizations: what it\ninstalls, to which disk. With an option --dest-... or --installer-config the\nmachine installs by itself.',
        ),
      )
      .argument('<initrd>', 'initramfs of the live system');
    addCustomizeOptions(commander).requiredOption(
      '-o, --output <file>',
      'write to this new file, or to standard output (-)',
      path,
    );
  },
  read(commander) {
    const [initrd = ''] = commander.args;
    return checkCustomizeOptions(commander, { ...commander.opts<PxeCustomize>(), initrd });
  },
  run: async (options) => await (await import('./run-pxe-customize.ts')).customizePxe(options),
};
