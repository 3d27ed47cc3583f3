import { InvalidArgumentError } from 'commander';
import type { Command } from '../../commands/command.ts';
import type { ServeOptions } from '../serve/run-serve.ts';
import { fleetCommand } from './fleet-command.ts';

const serve = fleetCommand<ServeOptions>({
  word: 'serve',
  summary: 'serve a fleet to its machines and its operators',
  description:
    'Serves boot scripts, configs and files to the machines of a fleet, and a page to its operators. Decides which machine may install what, and remembers what happened. SIGHUP: reads the files again, all or nothing. SIGTERM: ends.',
  options: {
    '--tls-cert <file>': 'certificates in PEM, for the port of tls_url',
    '--tls-key <file>': 'their key in PEM',
    '--dhcp <mode>': [
      'run dnsmasq next to a DHCP server, or as the only one',
      'none',
      ['none', 'proxy', 'server'],
    ],
    '--interface <name>': 'where dnsmasq answers',
    '--dhcp-range <first-last>': 'server: the addresses that machines get',
    '--dhcp-router <address>': 'server: their default route; default: none',
    '--dhcp-dns <addresses>': 'server: their name servers; default: none',
  },
  define(commander) {
    const listen = 'where to listen; default: all addresses, the port of url';
    commander.option('--listen <address:port>', listen, place);
  },
  objection({ options }) {
    const { tlsCert, tlsKey, dhcp, dhcpRange, dhcpRouter, dhcpDns } = options;
    if ((tlsCert === undefined) !== (tlsKey === undefined))
      return '--tls-cert and --tls-key are given together';
    if (dhcp !== 'server' && (dhcpRange ?? dhcpRouter ?? dhcpDns) !== undefined)
      return '--dhcp-range, --dhcp-router and --dhcp-dns need --dhcp server';
    if (dhcp !== 'none' && options.interface === undefined)
      return `--dhcp ${dhcp} needs --interface`;
    return dhcp === 'server' && dhcpRange === undefined
      ? '--dhcp server needs --dhcp-range FIRST-LAST'
      : undefined;
  },
  run: async ({ directory, options }) =>
    await (await import('../serve/run-serve.ts')).runServe(directory, options),
});

/** It goes on without a reader of its log. */
export const serveCommand: Command = { ...serve, isForOutput: () => false };

/** `192.0.2.1:8080`, `[2001:db8::1]:8080` or `:8080`. */
function place(value: string): NonNullable<ServeOptions['listen']> {
  const [, bracketed, plain, digits] =
    /^(?:\[([\da-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(value) ?? [];
  const port = Number(digits ?? 0);
  if (port < 1 || port > 65_535)
    throw new InvalidArgumentError('It must be ADDRESS:PORT, such as 192.0.2.1:8080.');
  return { address: (bracketed ?? plain) || undefined, port };
}
