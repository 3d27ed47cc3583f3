import {
  arePlainBondOptions,
  bondWord,
  bridgeWord,
  isPlainName,
  vlanNumberIn,
  vlanWord,
} from './argument-words.ts';
import type { Link } from './ip-output.ts';
import { isUp, kindOf, type NetworkState, notExpressible } from './network-state.ts';

/**
 * The VLANs, bonds and bridges of a system, down to its network cards, and the kernel arguments that
 * make them (dracut.cmdline(7)).
 */
export function networkDevices({ links, cards }: Pick<NetworkState, 'links' | 'cards'>) {
  const byName = new Map(links.map((link) => [link.ifname, link]));

  /** What it is made of: the interface below a VLAN, the ports of a bond or a bridge. */
  function below(link: Link): Link[] {
    if (kindOf(link) === 'vlan')
      return [byName.get(link.link ?? '')].filter((one) => one !== undefined);
    return links.filter(({ master }) => master === link.ifname);
  }

  /** Whether kernel arguments can express it: a card, or a VLAN, bond or bridge of cards. */
  function isExpressible(link: Link, above: readonly Link[] = []): boolean {
    if (cards.has(link.ifname)) return true;
    if (!isUp(link) || !(kindOf(link) ?? '').match(/^(vlan|bond|bridge)$/) || above.includes(link))
      return false;
    return below(link).some((one) => isExpressible(one, [...above, link]));
  }

  /** The argument that makes the interface; undefined for a card. */
  function argumentFor(link: Link): string | undefined {
    if (cards.has(link.ifname)) return undefined;
    const kind = kindOf(link);
    if (kind === 'vlan') return vlanArgument(link);
    const ports = below(link).filter((port) => isExpressible(port));
    for (const port of [link, ...ports]) requirePlainName(port);
    const names = ports.map(({ ifname }) => ifname);
    if (kind === 'bridge') return bridgeWord(link.ifname, names);
    return bondWord({ name: link.ifname, mtuBytes: link.mtu }, names, bondOptions(link));
  }

  return { byName, below, isExpressible, argumentFor };
}

export function requirePlainName({ ifname }: Pick<Link, 'ifname'>): void {
  if (isPlainName(ifname)) return;
  throw notExpressible(
    `the interface name ${JSON.stringify(ifname)}`,
    'Give it a name of letters and digits.',
  );
}

/** The first boot takes the number of a VLAN from the digits at the end of its name. */
function vlanArgument(vlan: Link): string {
  const { ifname, link: parent = '' } = vlan;
  const { id, protocol = '802.1Q', ingress_qos, egress_qos } = vlan.linkinfo.info_data ?? {};
  for (const name of [ifname, parent ?? '']) requirePlainName({ ifname: name });
  if (protocol !== '802.1Q')
    throw notExpressible(`the protocol ${protocol} of the VLAN ${ifname}`, 'Remove it.');
  if (ingress_qos !== undefined || egress_qos !== undefined)
    throw notExpressible(`the priorities of the VLAN ${ifname}`, 'Remove them.');
  const number = vlanNumberIn(ifname);
  if (number === undefined || number !== id) {
    throw notExpressible(
      `the VLAN ${ifname} with the number ${id}: its name must end with that number`,
      `Run: ip link set ${ifname} down; ip link set ${ifname} name vlan${id}; ip link set vlan${id} up; then set its addresses again.`,
    );
  }
  return vlanWord(ifname, parent ?? '');
}

/**
 * Options of a bond as `ip` names them (ip/iplink_bond.c), as the kernel's module does, and what they are without being
 * set (drivers/net/bonding/bond_main.c).
 */
export const bondOptionNames: readonly (readonly [string, string, unknown])[] = [
  ['miimon', 'miimon', 0],
  ['updelay', 'updelay', 0],
  ['downdelay', 'downdelay', 0],
  ['peer_notify_delay', 'peer_notif_delay', 0],
  ['use_carrier', 'use_carrier', 1],
  ['arp_interval', 'arp_interval', 0],
  ['arp_missed_max', 'arp_missed_max', 2],
  ['arp_ip_target', 'arp_ip_target', undefined],
  ['arp_validate', 'arp_validate', 'none'],
  ['arp_all_targets', 'arp_all_targets', 'any'],
  ['primary', 'primary', undefined],
  ['primary_reselect', 'primary_reselect', 'always'],
  ['fail_over_mac', 'fail_over_mac', 'none'],
  ['xmit_hash_policy', 'xmit_hash_policy', 'layer2'],
  ['resend_igmp', 'resend_igmp', 1],
  ['num_peer_notif', 'num_grat_arp', 1],
  ['all_slaves_active', 'all_slaves_active', 0],
  ['min_links', 'min_links', 0],
  ['lp_interval', 'lp_interval', 1],
  ['packets_per_slave', 'packets_per_slave', 1],
  ['ad_lacp_active', 'lacp_active', 'on'],
  ['ad_lacp_rate', 'lacp_rate', 'slow'],
  ['ad_select', 'ad_select', 'stable'],
  ['ad_actor_sys_prio', 'ad_actor_sys_prio', 65535],
  ['ad_user_port_key', 'ad_user_port_key', 0],
  ['tlb_dynamic_lb', 'tlb_dynamic_lb', 1],
];

/** `mode=active-backup,miimon=100`: the mode, and what is set. Several values are separated by `;`. */
function bondOptions({ ifname, linkinfo: { info_data = {} } }: Link): string {
  const set = bondOptionNames.flatMap(([key, name, usual]) => {
    const value = info_data[key];
    if (value === undefined || value === null || value === usual) return [];
    return [`${name}=${Array.isArray(value) ? value.join(';') : String(value)}`];
  });
  const options = [`mode=${info_data['mode'] ?? 'balance-rr'}`, ...set].join(',');
  const lacks = ['ns_ip6_target', 'ad_actor_system'].find((key) => isSet(info_data[key]));
  if (lacks !== undefined || !arePlainBondOptions(options)) {
    throw notExpressible(
      `the option ${lacks ?? options} of the bond ${ifname}`,
      'Remove the option.',
    );
  }
  return options;
}

const isSet = (value: unknown) =>
  ![undefined, null, '00:00:00:00:00:00'].includes(value as string) &&
  !(Array.isArray(value) && value.length === 0);
