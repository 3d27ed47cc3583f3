import { BlockList, isIPv6 } from 'node:net';
import { automaticAddressWord, fixedAddressWord, type LinkSettings } from './argument-words.ts';
import type { Address, Link, Route } from './ip-output.ts';
import { requirePlainName } from './network-devices.ts';
import { globalAddresses, type NetworkState, notExpressible } from './network-state.ts';

/** An interface that has addresses. */
export class ConfiguredLink {
  readonly name: string;
  readonly #mtuBytes: number;
  readonly #fixed: readonly Address[];
  readonly #dynamic: readonly Address[];
  /** By IPv4, over this interface. */
  readonly #gateways: readonly string[];

  constructor(link: Link, { leases, routes }: NetworkState) {
    requirePlainName(link);
    const isDynamic = ({ dynamic, local }: Address) =>
      dynamic || (leases?.addresses.has(local) ?? false);
    const all = globalAddresses(link);
    this.name = link.ifname;
    this.#mtuBytes = link.mtu;
    this.#fixed = all.filter((address) => !isDynamic(address));
    this.#dynamic = all.filter(isDynamic);
    this.#gateways = routes.flatMap(({ dev, gateway }) =>
      dev === link.ifname && gateway !== undefined && !gateway.includes(':') ? [gateway] : [],
    );
  }

  has(family: Family, how: 'fixed' | 'dynamic'): boolean {
    return (how === 'fixed' ? this.#fixed : this.#dynamic).some((one) => one.family === family);
  }

  /**
   * Whether a fixed address can do what that by DHCP does, since all gateways are in its network. The first
   * boot gets only that one then, with the routes and name servers that DHCP gave: dracut's older network
   * module ends the boot at a second argument for an interface (parse-ip-opts.sh).
   */
  get replacesDhcp(): boolean {
    if (!this.has('inet', 'dynamic')) return false;
    const fixed = this.#fixed.filter(({ family }) => family === 'inet');
    const isNear = (gateway: string) =>
      fixed.some(({ local, prefixlen }) => isInNetwork(gateway, local, prefixlen));
    return fixed.length > 0 && this.#gateways.every(isNear);
  }

  /**
   * NetworkManager adds up the arguments of an interface, and the last one decides whether there is
   * DHCP: fixed addresses come first, IPv4 by DHCP last.
   */
  arguments(routes: readonly Route[]): string[] {
    const link: LinkSettings = { name: this.name, mtuBytes: this.#mtuBytes };
    const gateways = new Map(
      (['inet', 'inet6'] as const).map((family) => [family, this.gateway(family, routes)]),
    );
    const fixed = this.#fixed.map((address) => {
      const family = address.family as Family;
      const router = gateways.get(family);
      const gateway = this.#addressFor(family, router) === address ? router : undefined;
      if (address.address !== undefined)
        throw notExpressible(
          `the peer ${address.address} of the address ${address.local} on ${this.name}`,
          'Set the address without it.',
        );
      const { local, prefixlen } = address;
      return fixedAddressWord({ address: local, prefixLength: prefixlen, gateway }, link);
    });
    const byDhcp = this.has('inet', 'dynamic') && !this.replacesDhcp;
    const needsOwn = !byDhcp || this.has('inet6', 'fixed');
    const dynamic6 = this.#dynamic.filter(({ family }) => family === 'inet6');
    // DHCP gives single addresses, a router whole networks.
    const how6 = dynamic6.every(({ prefixlen }) => prefixlen === 128) ? 'dhcp6' : 'auto6';
    return [
      ...fixed,
      ...(dynamic6.length > 0 && needsOwn ? [automaticAddressWord(how6, link)] : []),
      ...(byDhcp ? [automaticAddressWord('dhcp', link)] : []),
    ];
  }

  /** The default route over this interface that its addresses are written with. */
  gateway(family: Family, routes: readonly Route[]): string | undefined {
    if (!this.has(family, 'fixed')) return undefined;
    return routes
      .filter((route) => this.keeps(route) && isDefault(route))
      .filter(({ gateway }) => gateway !== undefined && familyOf(gateway) === family)
      .toSorted((a, b) => rankOf(a) - rankOf(b) || a.metric - b.metric)[0]?.gateway;
  }

  /** Whether a route is over this interface, and would be gone without an argument. */
  keeps(route: Route): boolean {
    if (route.dev !== this.name) return false;
    return isSetByHand(route) || (this.replacesDhcp && isByDhcp(route));
  }

  /** What is left out, or may be too much, a sentence each. */
  get notes(): string[] {
    const { name } = this;
    const count = this.arguments([]).length;
    return [
      ...(this.replacesDhcp
        ? [`The address of ${name} by DHCP is not copied, as ${name} has another one.`]
        : []),
      ...(count > 1
        ? [
            `The first boot gets ${count} arguments for ${name}. Images from before 2020 do not boot with that.`,
          ]
        : []),
    ];
  }

  /** The first one whose network has the gateway in it, else the first. */
  #addressFor(family: Family, gateway: string | undefined): Address | undefined {
    if (gateway === undefined) return undefined;
    const own = this.#fixed.filter((address) => address.family === family);
    const near = own.find(({ local, prefixlen }) => isInNetwork(gateway, local, prefixlen));
    return near ?? own[0];
  }
}

/** Whether a gateway is in the network of an address of the same family. */
export function isInNetwork(gateway: string, address: string, prefixLength: number): boolean {
  const type = isIPv6(address) ? 'ipv6' : 'ipv4';
  const network = new BlockList();
  network.addSubnet(address, prefixLength, type);
  return network.check(gateway, type);
}

export type Family = 'inet' | 'inet6';

export const familyOf = (text: string): Family => (isIPv6(text) ? 'inet6' : 'inet');
export const isDefault = ({ dst }: Route) => dst === 'default';

/** With the gateway that it is reached by; others are the kernel's and the client's own. */
const isByDhcp = ({ protocol, gateway }: Route) => protocol === 'dhcp' && gateway !== undefined;
/** What was set by hand comes before what DHCP gave. */
const rankOf = (route: Route) => Number(!isSetByHand(route));

/** Not by the kernel for an address, nor by DHCP or a router. */
export const isSetByHand = ({ protocol }: Route) =>
  !['kernel', 'dhcp', 'ra', 'redirect'].includes(protocol);
