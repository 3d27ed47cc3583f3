import type { Command } from '../../commands/command.ts';
import type { LoadersAsked } from '../dhcp/run-loaders.ts';
import { addFleet, fleetOf } from './fleet-directory.ts';

export const loadersCommand: Command<LoadersAsked> = {
  word: 'loaders',
  summary: 'copy the boot loaders of this system into a fleet',
  define(commander) {
    addFleet(commander)
      .description(
        'Copies iPXE from the distribution’s package into assets/tftp, from where TFTP and\nHTTP serve it.',
      )
      .option('--secure-boot', 'also shim and GRUB, which all UEFI machines get from then on');
  },
  read: (commander) => ({
    directory: fleetOf(commander),
    secureBoot: commander.opts<{ secureBoot?: true }>().secureBoot === true,
  }),
  run: async (asked) => await (await import('../dhcp/run-loaders.ts')).runLoaders(asked),
};
