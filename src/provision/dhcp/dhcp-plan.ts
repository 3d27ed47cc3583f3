import type { NetworkInterfaceInfo } from 'node:os';
import { InputError } from '../../lib/errors.ts';
import {
  checkedAddress,
  checkedInterface,
  checkedLoaderUrl,
  numberOf,
  refused,
} from './checked-values.ts';
import { type BootFile, bootFiles, type Loaders, scriptUrl } from './loader-choice.ts';

/** Everything that a DHCP server must know to boot machines; each value fits for every config. */
export interface BootPlan {
  readonly files: readonly BootFile[];
  readonly scriptUrl: string;
  /** Of the TFTP server. */
  readonly address: string;
}

/** In `server` mode: the addresses that are given to machines, and the network that they are in. */
export interface AddressPlan {
  readonly network: string;
  readonly netmask: string;
  readonly first: string;
  readonly last: string;
  readonly router?: string;
  readonly nameServers: readonly string[];
}

/** The options of people: `--dhcp-range FIRST-LAST` and so on. */
export interface AddressesAsked {
  readonly range?: string;
  readonly router?: string;
  readonly nameServers?: string;
}

export interface LocalNetwork {
  readonly interface: string;
  /** Of this server. */
  readonly address: string;
  readonly netmask: string;
  readonly network: string;
}

export function planBoot(url: string, loaders: Loaders, address: string): BootPlan {
  return {
    files: bootFiles(loaders, checkedLoaderUrl(url)),
    scriptUrl: scriptUrl(url),
    address: checkedAddress(address),
  };
}

/** The IPv4 network of an interface; throws an `InputError` where it has none. */
export function networkOf(
  name: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
): LocalNetwork {
  const found = interfaces[checkedInterface(name)]?.find(({ family }) => family === 'IPv4');
  if (found === undefined)
    throw new InputError({
      code: 'network-interface-missing',
      failed: `Cannot answer DHCP requests on ${name}`,
      why: 'there is no such interface, or it is down or has no IPv4 address',
      next: 'Choose another one: ip -4 address lists them.',
    });
  const { address, netmask } = found;
  const network = textOf((numberOf(address) & numberOf(netmask)) >>> 0);
  return { interface: name, address, netmask, network };
}

/** `FIRST-LAST` within the network and without the server's own address. Throws a `ParameterError`. */
export function planAddresses(
  { range = '', router, nameServers }: AddressesAsked,
  { network, netmask, address }: Omit<LocalNetwork, 'interface'>,
): AddressPlan {
  const [first = '', last = '', ...more] = range.split('-');
  const [low, high, own] = [numberOf(first), numberOf(last), numberOf(address)];
  if (more.length > 0 || low > high) throw refused(range, 'it is no range FIRST-LAST');
  const base = numberOf(network);
  const broadcast = (base | ~numberOf(netmask)) >>> 0;
  if (low <= base || high >= broadcast)
    throw refused(range, `it is not inside the network ${network}/${netmask}`);
  if (low <= own && own <= high) throw refused(range, `it includes the server’s own ${address}`);
  const servers = nameServers?.split(',') ?? [];
  for (const other of [...(router === undefined ? [] : [router]), ...servers])
    if (low <= numberOf(other) && numberOf(other) <= high)
      throw refused(range, `it includes ${other}, a router or name server`);
  return {
    network,
    netmask,
    first,
    last,
    ...(router === undefined ? {} : { router: checkedAddress(router) }),
    nameServers: servers.map(checkedAddress),
  };
}

const textOf = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
