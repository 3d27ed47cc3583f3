import { Option } from 'commander';
import type { Command } from '../../commands/command.ts';
import { text } from '../../commands/option-values.ts';
import type { DhcpConfigAsked } from '../dhcp/run-dhcp-config.ts';
import { addFleet, fleetOf } from './fleet-directory.ts';

export const dhcpConfigCommand: Command<DhcpConfigAsked> = {
  word: 'dhcp-config',
  summary: 'print what an existing DHCP server needs to boot machines',
  define(commander) {
    addFleet(commander)
      .description(
        'Prints lines for a DHCP server that you run yourself: which file each kind of\nfirmware boots.',
      )
      .addOption(
        new Option('--for <server>', 'which DHCP server')
          .choices(['dnsmasq', 'kea', 'isc'])
          .default('dnsmasq'),
      )
      .option(
        '--tftp-server <address>',
        'the server of assets/tftp; default: the address in the URL of fleet.yaml',
        text,
      );
  },
  read: (commander) => ({
    directory: fleetOf(commander),
    ...commander.opts<Omit<DhcpConfigAsked, 'directory'>>(),
  }),
  run: async (asked) => await (await import('../dhcp/run-dhcp-config.ts')).runDhcpConfig(asked),
};
