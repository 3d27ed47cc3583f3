import type { Command } from '../../commands/command.ts';
import type { LoadersAsked } from '../dhcp/run-loaders.ts';

export const loadersCommand: Command<LoadersAsked> = {
  word: 'loaders',
  summary: 'copy the boot loaders of this system into a fleet',
  define(commander) {
    commander
      .description(
        'Copies iPXE from the distribution’s package into assets/tftp, from where TFTP and\nHTTP serve it.',
      )
      .argument('<dir>', 'the directory of the fleet')
      .option('--secure-boot', 'also shim and GRUB, which all UEFI machines get from then on');
  },
  read: (commander) => ({
    directory: commander.args[0] as string,
    secureBoot: commander.opts<{ secureBoot?: true }>().secureBoot === true,
  }),
  run: async (asked) => await (await import('../dhcp/run-loaders.ts')).runLoaders(asked),
};
