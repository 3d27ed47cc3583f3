import { type Command as Commander, Option } from 'commander';
import { text } from '../../commands/option-values.ts';

/** Of `serve`, as they were typed. */
export interface DhcpOptions {
  /** `proxy`: another server gives the addresses. `server`: ours does. */
  readonly dhcp: 'none' | 'proxy' | 'server';
  readonly interface?: string;
  /** FIRST-LAST; for `server`, as the others. */
  readonly dhcpRange?: string;
  readonly dhcpRouter?: string;
  readonly dhcpDns?: string;
}

/** With what `dhcpObjection` asks for. */
export type DhcpAsked = DhcpOptions & { readonly interface: string };

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
export const dhcpAsked = (options: DhcpOptions) =>
  options.dhcp === 'none' ? undefined : (options as DhcpAsked);
