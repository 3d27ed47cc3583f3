import { nameServerWord, routeWord, usualMtuBytes } from './argument-words.ts';
import { ConfiguredLink, familyOf, isDefault, isSetByHand } from './configured-link.ts';
import type { Link, Route } from './ip-output.ts';
import { networkDevices } from './network-devices.ts';
import {
  globalAddresses,
  isUp,
  kindOf,
  type NetworkState,
  notExpressible,
} from './network-state.ts';

export interface NetworkArguments {
  /** Kernel arguments in the form of dracut.cmdline(7), which images of all generations read. */
  readonly arguments: readonly string[];
  /** What is left out, a sentence each. */
  readonly notes: readonly string[];
}

/** Interfaces of containers and the like: left out, unless a card is part of them. */
const virtualKinds = new Set(['veth', 'dummy', 'bridge', 'bond', 'vlan']);

/**
 * The present network as kernel arguments for another boot of this machine: VLANs, bonds and bridges,
 * then the addresses of each interface, then routes and name servers. What DHCP or a router gave is not
 * fixed: the argument asks for it again. Throws `ParameterError` for what no argument can express.
 */
export function networkArguments(state: NetworkState): NetworkArguments {
  const { links, routes, leases } = state;
  refuseRules(state);
  const devices = networkDevices(state);
  const notes: string[] = [];
  const configured = links.filter((link) => {
    if (!isUp(link) || link.master !== undefined || globalAddresses(link).length === 0)
      return false;
    if (devices.isExpressible(link)) return true;
    if (link.flags.includes('LOOPBACK')) return false;
    if (!virtualKinds.has(kindOf(link) ?? ''))
      throw notExpressible(
        `the interface ${link.ifname} (${kindOf(link) ?? 'not a network card'})`,
        'Remove it.',
      );
    notes.push(`The interface ${link.ifname} is not copied: no network card is part of it.`);
    return false;
  });
  for (const link of links) refuseForeignMaster(link, devices.byName);

  if (configured.length === 0) return { arguments: [], notes };

  const needed = new Set<Link>();
  const need = (link: Link) => {
    if (needed.has(link)) return;
    for (const part of devices.below(link).filter((one) => devices.isExpressible(one))) need(part);
    needed.add(link);
  };
  for (const link of configured) need(link);
  for (const link of needed) notes.push(...noteOnMtu(link, configured));
  const interfaces = configured.map((link) => new ConfiguredLink(link, state));
  notes.push(...interfaces.flatMap((one) => one.notes));
  return {
    arguments: [
      ...[...needed].flatMap((link) => devices.argumentFor(link) ?? []),
      ...interfaces.flatMap((one) => one.arguments(routes)),
      ...routes.flatMap((route) => routeArgument(route, { routes, interfaces, leases })),
      ...fixedNameServers(state, interfaces).map(nameServerWord),
    ],
    notes,
  };
}

/** An interface without addresses has no argument for it. That of a bond has one, also for its ports. */
function noteOnMtu(link: Link, configured: readonly Link[]): string[] {
  const { ifname, mtu, master } = link;
  const hasArgument = kindOf(link) === 'bond' || configured.includes(link);
  if (mtu === usualMtuBytes || master !== undefined || hasArgument) return [];
  return [
    `The MTU of ${ifname}, ${mtu} bytes, is not copied: only an interface with an address has one.`,
  ];
}

/** None for a route that the addresses bring. */
function routeArgument(
  route: Route,
  {
    routes,
    interfaces,
    leases,
  }: Pick<NetworkState, 'routes' | 'leases'> & { readonly interfaces: readonly ConfiguredLink[] },
): string[] {
  const { dst, gateway = '', dev } = route;
  const over = interfaces.find(({ name }) => name === dev);
  if (!isSetByHand(route) && !over?.keeps(route)) return [];
  const refuse = (what: string) => notExpressible(`${what} to ${dst}`, 'Remove it.');
  if (route.nexthops !== undefined) throw refuse('the route over several gateways');
  if (route.type !== 'unicast') throw refuse(`the ${route.type} route`);
  if (route.via !== undefined) throw refuse('the route over a gateway of the other address family');
  if (over === undefined) return [];
  const isV6 = (dst + gateway).includes(':');
  const family = isV6 ? 'inet6' : 'inet';
  if (isDefault(route)) {
    if (gateway !== '' && over.gateway(family, routes) === gateway) return [];
    // Clients other than systemd-networkd do not mark the default route that DHCP gave.
    if (leases === undefined && over.has(family, 'dynamic')) return [];
  }
  const everywhere = isV6 ? '::/0' : '0.0.0.0/0';
  const network = isDefault(route)
    ? everywhere
    : dst.includes('/')
      ? dst
      : `${dst}/${isV6 ? 128 : 32}`;
  return [routeWord(network, gateway, over.name)];
}

/** DHCP and routers give theirs again. IPv6's are not in the leases that systemd-networkd keeps. */
function fixedNameServers(
  { nameServers, leases }: NetworkState,
  interfaces: readonly ConfiguredLink[],
): string[] {
  const replaced = interfaces.some((one) => one.replacesDhcp);
  const dynamic4 = interfaces.some((one) => one.has('inet', 'dynamic') && !one.replacesDhcp);
  const dynamic6 = interfaces.some((one) => one.has('inet6', 'dynamic'));
  return nameServers.filter((server) => {
    if (leases?.nameServers.has(server)) return replaced;
    if (familyOf(server) === 'inet6') return !dynamic6;
    return leases !== undefined || !dynamic4;
  });
}

/** Rules by which the kernel chooses another table. */
function refuseRules({ rules }: NetworkState): void {
  const usual = new Set(['local', 'main', 'default']);
  const other = rules.find(
    ({ priority, table, ...conditions }) =>
      !usual.has(table ?? '') ||
      Object.entries(conditions).some(([key, value]) => !(key === 'src' && value === 'all')),
  );
  if (other === undefined) return;
  throw notExpressible(
    `the routing rule with priority ${other.priority}`,
    `Run: ip rule del priority ${other.priority}.`,
  );
}

/** A card in a VRF or a team would have its address without it. */
function refuseForeignMaster(link: Link, byName: ReadonlyMap<string, Link>): void {
  const master = byName.get(link.master ?? '');
  const kind = master && kindOf(master);
  if (master === undefined || kind === 'bond' || kind === 'bridge' || kind === undefined) return;
  if (globalAddresses(link).length + globalAddresses(master).length === 0) return;
  throw notExpressible(
    `the interface ${master.ifname} (${kind}) over ${link.ifname}`,
    'Remove it.',
  );
}
