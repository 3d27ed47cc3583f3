/**
 * The kernel arguments of a network, in the form of dracut.cmdline(7) that dracut's modules for
 * systemd-networkd and NetworkManager and its own scripts all read. Names must be plain.
 */

export const usualMtuBytes = 1500;

/** In an argument, a name is between colons and commas. */
export const isPlainName = (name: string) => /^[A-Za-z0-9_.-]+$/.test(name);

export const bracketed = (text: string) => (text.includes(':') ? `[${text}]` : text);

/** What an interface gets with each of its addresses. */
export interface LinkSettings {
  readonly name: string;
  readonly mtuBytes?: number | undefined;
  /** A MAC address in place of its own. */
  readonly macAddress?: string | undefined;
}

export interface FixedAddress {
  readonly address: string;
  readonly prefixLength: number;
  /** The default route goes over it. */
  readonly gateway?: string | undefined;
}

export function fixedAddressWord(
  { address, prefixLength, gateway = '' }: FixedAddress,
  link: LinkSettings,
): string {
  const mask = address.includes(':') ? String(prefixLength) : netmask(prefixLength);
  return `ip=${bracketed(address)}::${bracketed(gateway)}:${mask}::${link.name}:none${ending(link)}`;
}

/** By DHCP, DHCPv6, or a router; without a name, on every card. */
export function automaticAddressWord(
  how: 'dhcp' | 'dhcp6' | 'auto6',
  link: LinkSettings | undefined,
): string {
  return link === undefined ? `ip=${how}` : `ip=${link.name}:${how}${ending(link)}`;
}

function ending({ mtuBytes = usualMtuBytes, macAddress }: LinkSettings): string {
  const mtu = mtuBytes === usualMtuBytes ? '' : String(mtuBytes);
  if (macAddress !== undefined) return `:${mtu}:${macAddress}`;
  return mtu === '' ? '' : `:${mtu}`;
}

/** `network` with its prefix length; the gateway is empty for a network on the link. */
export const routeWord = (network: string, gateway: string, name: string) =>
  `rd.route=${bracketed(network)}:${bracketed(gateway)}:${name}`;

export const nameServerWord = (address: string) => `nameserver=${address}`;

export const vlanWord = (name: string, parent: string) => `vlan=${name}:${parent}`;

/** The number that is taken from a VLAN's name: the digits at its end. */
export function vlanNumberIn(name: string): number | undefined {
  const [digits] = /\d+$/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

export const bridgeWord = (name: string, ports: readonly string[]) =>
  `bridge=${name}:${ports.join(',')}`;

/** `options` as the kernel's module names them; several values of one are separated by `;`. */
export function bondWord(
  { name, mtuBytes = usualMtuBytes }: LinkSettings,
  ports: readonly string[],
  options: string,
): string {
  const mtu = mtuBytes === usualMtuBytes ? '' : `:${mtuBytes}`;
  return `bond=${name}:${ports.join(',')}:${options}${mtu}`;
}

/** Whether options of a bond can be in an argument. */
export const arePlainBondOptions = (options: string) => /^[\w.,;=+-]+$/.test(options);

function netmask(prefixLength: number): string {
  const bits = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
