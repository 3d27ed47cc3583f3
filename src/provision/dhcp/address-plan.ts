import { isIPv4 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { InputError } from '../../lib/errors.ts';
import { checked, refused } from './network-values.ts';

/** Options of `serve`, as they were typed. */
export interface DhcpAsked {
  /** `proxy`: another server gives the addresses. `server`: ours does. */
  readonly dhcp: 'none' | 'proxy' | 'server';
  readonly interface?: string;
  /** FIRST-LAST; for `server`, as the others. */
  readonly dhcpRange?: string;
  readonly dhcpRouter?: string;
  readonly dhcpDns?: string;
}

/** In `server` mode: the addresses that are given to machines, and what they get with them. */
export interface AddressPlan {
  readonly first: string;
  readonly last: string;
  readonly router?: string | undefined;
  readonly nameServers: readonly string[];
}

export interface LocalNetwork {
  readonly interface: string;
  /** Of this server. */
  readonly address: string;
  readonly netmask: string;
}

/** The IPv4 network of an interface; throws an `InputError` where it has none. */
export function networkOf(
  name: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
): LocalNetwork {
  const found = interfaces[checked('interface', name)]?.find(({ family }) => family === 'IPv4');
  if (found !== undefined)
    return { interface: name, address: found.address, netmask: found.netmask };
  throw new InputError({
    code: 'network-interface-missing',
    failed: `Cannot answer DHCP requests on ${name}`,
    why: 'there is no such interface, or it is down or has no IPv4 address',
    next: 'Choose another one: ip -4 address lists them.',
  });
}

/** Why machines may not reach the URL of fleet.yaml, which could be meant nevertheless. */
export function urlWarning(
  url: string,
  { dhcp, dhcpDns }: DhcpAsked,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
): string | undefined {
  const { hostname } = new URL(url);
  const own = Object.values(interfaces).flatMap((all) => all?.map(({ address }) => address));
  if (isIPv4(hostname) && !own.includes(hostname))
    return `Warning: machines are sent to ${url}, and no interface of this one has that address.`;
  return isIPv4(hostname) || dhcp === 'proxy' || dhcpDns !== undefined
    ? undefined
    : `Warning: machines are sent to ${url}, and get no name server: give --dhcp-dns.`;
}

/** A range in the network, without the addresses that others have. Throws a `ParameterError`. */
export function planAddresses(
  { dhcpRange: range = '', dhcpRouter: router, dhcpDns }: Omit<DhcpAsked, 'dhcp' | 'interface'>,
  { address, netmask }: Omit<LocalNetwork, 'interface'>,
): AddressPlan {
  const [first = '', last = '', ...more] = range.split('-');
  const [low, high] = [numberOf(first), numberOf(last)];
  if (more.length > 0 || low > high) throw refused(range, 'it is no range FIRST-LAST');
  const [own, mask] = [numberOf(address), numberOf(netmask)];
  // The lowest and the highest address of a network belong to no machine.
  const isOfMachine = (one: number) =>
    ((one ^ own) & mask) === 0 && ![0, ~mask].includes(one & ~mask);
  if (![low, high].every(isOfMachine))
    throw refused(range, `it is not inside the network of ${address}/${netmask}`);
  const isInRange = (other: string) => low <= numberOf(other) && numberOf(other) <= high;
  if (isInRange(address)) throw refused(range, `it includes the server’s own ${address}`);
  const nameServers = dhcpDns?.split(',') ?? [];
  const other = [router ?? [], nameServers].flat().find(isInRange);
  if (other !== undefined) throw refused(range, `it includes ${other}, a router or name server`);
  return { first, last, router, nameServers };
}

function numberOf(address: string): number {
  const parts = checked('address', address).split('.');
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}
