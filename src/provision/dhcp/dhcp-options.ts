import { type Command as Commander, Option } from 'commander';
import { text } from '../../commands/option-values.ts';
import type { DhcpAsked } from './start-dhcp.ts';

/** Of `serve`, as they were typed. */
export interface DhcpOptions {
  readonly dhcp: 'none' | 'proxy' | 'server';
  readonly interface?: string;
  readonly dhcpRange?: string;
  readonly dhcpRouter?: string;
  readonly dhcpDns?: string;
}

export function addDhcpOptions(commander: Commander): void {
  const mode = new Option('--dhcp <mode>', 'run dnsmasq next to a DHCP server, or as the only one');
  commander
    .addOption(mode.choices(['none', 'proxy', 'server']).default('none'))
    .option('--interface <name>', 'where dnsmasq answers', text)
    .option('--dhcp-range <first-last>', 'server: the addresses that machines get', text)
    .option('--dhcp-router <address>', 'server: their default route; default: none', text)
    .option('--dhcp-dns <addresses>', 'server: their name servers; default: none', text);
}

/** Why they do not go together. */
export function dhcpObjection(options: DhcpOptions): string | undefined {
  const { dhcp: mode, dhcpRange, dhcpRouter, dhcpDns } = options;
  if (mode !== 'server' && (dhcpRange ?? dhcpRouter ?? dhcpDns) !== undefined)
    return '--dhcp-range, --dhcp-router and --dhcp-dns need --dhcp server';
  if (mode !== 'none' && options.interface === undefined) return `--dhcp ${mode} needs --interface`;
  return mode === 'server' && dhcpRange === undefined
    ? '--dhcp server needs --dhcp-range FIRST-LAST'
    : undefined;
}

/** For `startDhcp`; undefined: no dnsmasq. */
export function dhcpAsked(options: DhcpOptions): DhcpAsked | undefined {
  const { dhcp: mode, interface: name = '', dhcpRange, dhcpRouter, dhcpDns } = options;
  if (mode === 'none') return undefined;
  return {
    mode,
    interface: name,
    addresses: {
      ...(dhcpRange !== undefined && { range: dhcpRange }),
      ...(dhcpRouter !== undefined && { router: dhcpRouter }),
      ...(dhcpDns !== undefined && { nameServers: dhcpDns }),
    },
  };
}
