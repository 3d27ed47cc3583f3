import { type Command as Commander, Option } from 'commander';
import { text } from '../../commands/option-values.ts';
import type { DhcpAsked } from './start-dhcp.ts';

interface Given {
  readonly dhcp: 'none' | 'proxy' | 'server';
  readonly interface?: string;
  readonly dhcpRange?: string;
  readonly dhcpRouter?: string;
  readonly dhcpDns?: string;
}

/** The options of `serve` for `startDhcp`. */
export function addDhcpOptions(commander: Commander): void {
  commander
    .addOption(
      new Option('--dhcp <mode>', 'run dnsmasq next to a DHCP server, or as the only one')
        .choices(['none', 'proxy', 'server'])
        .default('none'),
    )
    .option('--interface <name>', 'where dnsmasq answers', text)
    .option('--dhcp-range <first-last>', 'server: the addresses that machines get', text)
    .option('--dhcp-router <address>', 'server: their default route; default: none', text)
    .option('--dhcp-dns <addresses>', 'server: their name servers; default: none', text);
}

/** What was asked for; undefined: no dnsmasq. */
export function readDhcpOptions(commander: Commander): DhcpAsked | undefined {
  const given = commander.opts<Given>();
  const { dhcp: mode, interface: name, dhcpRange: range, dhcpRouter: router, dhcpDns } = given;
  const addresses = {
    ...(range === undefined ? {} : { range }),
    ...(router === undefined ? {} : { router }),
    ...(dhcpDns === undefined ? {} : { nameServers: dhcpDns }),
  };
  if (mode !== 'server' && Object.keys(addresses).length > 0)
    commander.error('--dhcp-range, --dhcp-router and --dhcp-dns need --dhcp server');
  if (mode === 'none') return undefined;
  if (name === undefined) commander.error(`--dhcp ${mode} needs --interface`);
  if (mode === 'server' && range === undefined)
    commander.error('--dhcp server needs --dhcp-range FIRST-LAST');
  return { mode, interface: name as string, addresses };
}
