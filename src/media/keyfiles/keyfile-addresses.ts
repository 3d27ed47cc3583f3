import { isIPv4, isIPv6 } from 'node:net';
import { printable } from '../../lib/text.ts';
import {
  automaticAddressWord,
  type FixedAddress,
  fixedAddressWord,
  type LinkSettings,
  routeWord,
} from '../../system/network/argument-words.ts';
import { isInNetwork } from '../../system/network/configured-link.ts';
import type { KeyfileSettings } from './keyfile-settings.ts';

const families = ['ipv4', 'ipv6'] as const;
type IpSection = (typeof families)[number];

/** Of one address family of a connection. */
interface IpSettings {
  readonly addresses: readonly FixedAddress[];
  /** Asks for an address: DHCP or, for IPv6, a router. */
  readonly automatic: 'dhcp' | 'dhcp6' | 'auto6' | undefined;
  /** It is an error if it gets none. */
  readonly isRequired: boolean;
}

/** What a keyfile says about addresses, routes and name servers. */
export interface IpWords {
  /** `ip=`; fixed addresses first, IPv4 by DHCP last (see `ConfiguredLink`). */
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly nameServers: readonly string[];
  /** Whether a server of DHCP or a router says which name servers to use; undefined where there is none. */
  readonly takesNameServers: boolean | undefined;
}

/** `link` is undefined for any card. Throws `InputError`. */
export function ipWords(settings: KeyfileSettings, link: LinkSettings | undefined): IpWords {
  const v4 = readFamily(settings, 'ipv4');
  const v6 = readFamily(settings, 'ipv6');
  const fixed = [...v4.addresses, ...v6.addresses];
  const routes = families.flatMap((section) =>
    routesOf(settings, section, section === 'ipv4' ? v4 : v6),
  );
  if (link === undefined && (fixed.length > 0 || routes.length > 0))
    throw settings.refuse(
      'connection',
      'interface-name',
      'a fixed address or a route needs a network card',
      'Give it interface-name=, or mac-address= in the section [ethernet].',
    );
  const automatic = automaticFor(v4, v6);
  const isAutomatic = families.filter(
    (section) => (section === 'ipv4' ? v4 : v6).automatic !== undefined,
  );
  return {
    addresses: [
      ...fixed.map((address) => fixedAddressWord(address, link as LinkSettings)),
      ...automatic.map((how) => automaticAddressWord(how, link)),
    ],
    routes: routes.map(({ network, gateway }) => routeWord(network, gateway, link?.name ?? '')),
    nameServers: families.flatMap((section) => nameServersOf(settings, section)),
    takesNameServers:
      automatic.length === 0
        ? undefined
        : isAutomatic.some((section) => !settings.isOn(section, 'ignore-auto-dns')),
  };
}

/**
 * IPv6 of a router needs no argument in addition to IPv4, unless the connection cannot do without: the
 * medium accepts what routers announce, and does not wait for it.
 */
function automaticFor(v4: IpSettings, v6: IpSettings): ('dhcp' | 'dhcp6' | 'auto6')[] {
  const hasFixed6 = v6.addresses.length > 0;
  const needsOwn =
    v4.automatic === undefined
      ? v4.addresses.length === 0 || hasFixed6 || v6.isRequired || v6.automatic === 'dhcp6'
      : hasFixed6;
  const six = v6.automatic !== undefined && needsOwn ? [v6.automatic] : [];
  return v4.automatic === undefined ? six : [...six, v4.automatic];
}

function readFamily(settings: KeyfileSettings, section: IpSection): IpSettings {
  const method = settings.get(section, 'method') ?? 'auto';
  const addresses = addressesOf(settings, section);
  const isOff = method === 'disabled' || method === 'ignore';
  const usual = { ipv4: 'dhcp', ipv6: 'auto6' } as const;
  const automatic =
    method === 'auto'
      ? usual[section]
      : section === 'ipv6' && method === 'dhcp'
        ? 'dhcp6'
        : undefined;
  const isLinkLocal = section === 'ipv6' && method === 'link-local';
  if (automatic === undefined && method !== 'manual' && !isOff && !isLinkLocal)
    throw settings.refuse(
      section,
      printable(`method=${method}`),
      'no kernel argument expresses it, and those configure the network of a medium of this program',
      `Use method=${section === 'ipv4' ? 'auto, manual' : 'auto, dhcp, manual'} or disabled.`,
    );
  if (method === 'manual' && addresses.length === 0)
    throw settings.refuse(
      section,
      'method=manual',
      'there is no address',
      'Add address1=ADDRESS/LENGTH.',
    );
  if ((isOff || isLinkLocal) && addresses.length > 0)
    throw settings.refuse(section, `method=${method}`, 'it has an address nevertheless');
  return { addresses, automatic, isRequired: settings.isOff(section, 'may-fail') };
}

function addressesOf(settings: KeyfileSettings, section: IpSection): FixedAddress[] {
  const gateways: string[] = [];
  const own = settings.get(section, 'gateway');
  if (own !== undefined) gateways.push(checked(settings, section, 'gateway', own));
  const addresses = settings
    .numbered(section, /^address(?:es)?(\d*)$/)
    .map(({ key, value }): FixedAddress => {
      const [place = '', gateway, ...more] = value.split(',');
      if (more.length > 0) throw badValue(settings, section, key, value);
      if (gateway) gateways.push(checked(settings, section, key, gateway));
      return networkIn(settings, section, key, place);
    });
  const [gateway] = gateways.filter((one) => !isUnspecified(one));
  const isNever = settings.isOn(section, 'never-default');
  if (isNever && /^(auto|dhcp)$/.test(settings.get(section, 'method') ?? 'auto'))
    throw settings.refuse(
      section,
      'never-default=true',
      'no kernel argument expresses it with an automatic address',
      'Remove it, or use method=manual.',
    );
  if (gateway === undefined || isNever) return addresses;
  const near =
    addresses.find(({ address, prefixLength }) => isInNetwork(gateway, address, prefixLength)) ??
    addresses[0];
  return addresses.map((one) => (one === near ? { ...one, gateway } : one));
}

/** The gateway is empty for a network on the link. */
interface Route {
  readonly network: string;
  readonly gateway: string;
}

/**
 * After routes to the gateways that are in no network of the interface, which NetworkManager adds by itself.
 * With an automatic address it is not known which these are.
 */
function routesOf(settings: KeyfileSettings, section: IpSection, ip: IpSettings): Route[] {
  const routes = ownRoutes(settings, section);
  if (ip.automatic !== undefined) return routes;
  const networks = [
    ...ip.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    ...routes.flatMap(({ network, gateway }) => (gateway === '' ? [network] : [])),
  ];
  const isNear = (gateway: string) =>
    /^fe[89ab]/i.test(gateway) ||
    networks.some((network) => {
      const [address = '', length] = network.split('/');
      return isInNetwork(gateway, address, Number(length));
    });
  const gateways = [...ip.addresses, ...routes].flatMap(({ gateway }) => gateway || []);
  const most = section === 'ipv4' ? 32 : 128;
  const far = [...new Set(gateways)].filter((gateway) => !isNear(gateway));
  return [...far.map((gateway) => ({ network: `${gateway}/${most}`, gateway: '' })), ...routes];
}

/** Route 1: `NETWORK/LENGTH,GATEWAY,METRIC`, of which the last two may be missing. */
function ownRoutes(settings: KeyfileSettings, section: IpSection): Route[] {
  return settings.numbered(section, /^routes?(\d*)$/).map(({ key, value }) => {
    const [place = '', gateway = '', , ...more] = value.split(',');
    if (more.length > 0) throw badValue(settings, section, key, value);
    const { address, prefixLength } = networkIn(settings, section, key, place);
    const over = gateway === '' ? '' : checked(settings, section, key, gateway);
    return { network: `${address}/${prefixLength}`, gateway: isUnspecified(over) ? '' : over };
  });
}

function nameServersOf(settings: KeyfileSettings, section: IpSection): string[] {
  const servers = (settings.get(section, 'dns') ?? '').split(/[;,\s]+/).filter(Boolean);
  return servers.map((server) => checked(settings, section, 'dns', server));
}

/** An address with the length of its network's prefix; without one, the address alone. */
function networkIn(settings: KeyfileSettings, section: IpSection, key: string, text: string) {
  const most = section === 'ipv4' ? 32 : 128;
  const [address = '', length = String(most), ...more] = text.split('/');
  const prefixLength = /^\d{1,3}$/.test(length) ? Number(length) : most + 1;
  if (more.length > 0 || prefixLength > most) throw badValue(settings, section, key, text);
  return { address: checked(settings, section, key, address), prefixLength };
}

/** The address, if it is one of this family. */
function checked(settings: KeyfileSettings, section: IpSection, key: string, text: string): string {
  const isAddress = section === 'ipv4' ? isIPv4(text) : isIPv6(text) && !text.includes('%');
  if (!isAddress) throw badValue(settings, section, key, text);
  return text;
}

const badValue = (settings: KeyfileSettings, section: IpSection, key: string, value: string) =>
  settings.refuse(
    section,
    key,
    `${printable(value) || 'nothing'} is no ${section === 'ipv4' ? 'IPv4' : 'IPv6'} address of this form`,
  );

const isUnspecified = (address: string) => address === '0.0.0.0' || /^[0:]+$/.test(address);
