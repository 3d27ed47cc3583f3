import { printable } from '../../lib/text.ts';
import {
  endsWithSpace,
  type Keyfile,
  parseKeyfile,
  typeOf,
  whyUnreadable,
} from '../../system/network/keyfile.ts';
import { baseName, type GivenFile, unusable } from '../wished-file.ts';

/** A keyfile of a connection that kernel arguments can express. */
export class KeyfileSettings {
  /** The last part of its path. */
  readonly file: string;
  readonly type: ExpressibleType;
  readonly #sections: Keyfile;

  constructor(file: string, type: ExpressibleType, sections: Keyfile) {
    this.file = file;
    this.type = type;
    this.#sections = sections;
  }

  get(section: string, ...names: string[]): string | undefined {
    const settings = this.#sections.get(section);
    return names.map((name) => settings?.get(name)).find((value) => value !== undefined);
  }

  /** Settings that are numbered, in the order of their numbers: `address1`, `address2`, … */
  numbered(section: string, name: RegExp): { readonly key: string; readonly value: string }[] {
    return this.all(section)
      .flatMap(([key, value]) => {
        const [, number] = name.exec(key) ?? [];
        return number === undefined ? [] : [{ key, value, number: Number(number) }];
      })
      .toSorted((a, b) => a.number - b.number);
  }

  all(section: string): readonly (readonly [string, string])[] {
    return [...(this.#sections.get(section) ?? [])];
  }

  isOn(section: string, name: string): boolean {
    return isTrue.test(this.get(section, name) ?? '');
  }

  isOff(section: string, name: string): boolean {
    return isFalse.test(this.get(section, name) ?? '');
  }

  refuse(section: string, name: string, why: string, next?: string) {
    return unusable(printable(this.file), `[${section}] ${name}: ${why}`, next);
  }
}

const expressibleTypes = ['ethernet', 'vlan', 'bond', 'bridge'] as const;
export type ExpressibleType = (typeof expressibleTypes)[number];

/** GLib knows no other words for them (g_key_file_get_boolean). */
const isTrue = /^(true|1)[ \t\f\r]*$/;
const isFalse = /^(false|0)[ \t\f\r]*$/;

interface ReadSettings {
  readonly settings: KeyfileSettings;
  /** Settings that have no effect on the medium, as `section.name`. */
  readonly unused: readonly string[];
}

/**
 * Reads one; undefined where NetworkManager uses it only when it is asked to. Throws `InputError` where it
 * has something that kernel arguments cannot express.
 */
export function readSettings({ path, bytes }: GivenFile): ReadSettings | undefined {
  const file = baseName(path);
  const text = Buffer.from(bytes).toString('utf8');
  const sections = parseKeyfile(text);
  if (isFalse.test(sections.get('connection')?.get('autoconnect') ?? '')) return undefined;
  const unreadable = /\uFFFD|\0/.test(text) ? 'it is not a text' : whyUnreadable(text);
  if (unreadable !== undefined)
    throw unusable(printable(file), `NetworkManager does not read it: ${unreadable}`);
  const said = typeOf(text) ?? '';
  const type = expressibleTypes.find((one) => one === said);
  if (type === undefined)
    throw unusable(
      printable(file),
      `[connection] type=${printable(said)}: ${whyNot[said] ?? `no kernel argument expresses it`}, ${onOwn}`,
      instead,
    );
  const settings = new KeyfileSettings(file, type, sections);
  const unused: string[] = [];
  for (const [section, all] of sections)
    for (const [name, value] of all) {
      const how = treatment(section, name, value);
      if (how === 'refused')
        throw settings.refuse(
          section,
          printable(`${name}=${secretless(name, value)}`),
          `${lacking(section, name)}, ${onOwn}`,
          instead,
        );
      if (how === 'used' && endsWithSpace(value) && !forgiving.test(name))
        throw settings.refuse(
          section,
          name,
          'it ends with a space, which is a part of the value for NetworkManager',
          'Remove it.',
        );
      if (how === 'unused') unused.push(`${section}.${name}`);
    }
  return { settings, unused };
}

/** Booleans, numbers, MAC addresses and lists, which NetworkManager strips. */
const forgiving =
  /^(autoconnect|may-fail|never-default|ignore-auto-dns|mtu|id|dns|(cloned-|assigned-)?mac-address)$/;

const onOwn = 'and those configure the network of a medium of this program';
const instead =
  'Remove it, or put this connection into the Ignition config, if only the installed system needs it.';

const whyNot: Readonly<Record<string, string>> = {
  wifi: 'no kernel argument expresses Wi-Fi',
  vpn: 'no kernel argument expresses a VPN',
  wireguard: 'no kernel argument expresses a VPN',
  team: 'no kernel argument makes a team on the medium',
};

const secretless = (name: string, value: string) =>
  /psk|pin|password|key/.test(name) ? '…' : value;

function lacking(section: string, name: string): string {
  const what =
    section === '802-1x'
      ? '802.1X'
      : /^routing-rule|^route-table$|^route\d+_options$/.test(name)
        ? 'policy routing or options of a route'
        : 'it';
  return `no kernel argument expresses ${what}`;
}

type Treatment = 'used' | 'harmless' | 'unused' | 'refused';

const words = (text: string) => new Set(text.split(/\s+/));

/** Translated, by section; or checked where it is. */
const used: Readonly<Record<string, RegExp>> = {
  connection: /^(type|interface-name|master|controller|slave-type|port-type|autoconnect)$/,
  ethernet: /^(mac-address|cloned-mac-address|assigned-mac-address|mtu)$/,
  ipv4: /^(method|address(es)?\d*|gateway|routes?\d*|dns|ignore-auto-dns|never-default|may-fail)$/,
  ipv6: /^(method|address(es)?\d*|gateway|routes?\d*|dns|ignore-auto-dns|never-default|may-fail)$/,
  vlan: /^(id|parent|interface-name)$/,
  bond: /./,
  bridge: /^interface-name$/,
};

/** Without an effect on whether, and how, the network works. */
const harmless: Readonly<Record<string, ReadonlySet<string>>> = {
  connection: words(`id uuid timestamp autoconnect-priority autoconnect-retries autoconnect-ports
    autoconnect-slaves auth-retries metered mdns llmnr dns-over-tls lldp stable-id read-only zone
    wait-device-timeout wait-activation-delay gateway-ping-timeout multi-connect mptcp-flags
    down-on-poweroff`),
  ethernet: words('auto-negotiate wake-on-lan wake-on-lan-password generate-mac-address-mask'),
  ipv4: words(`dad-timeout dhcp-timeout dhcp-send-hostname dhcp-hostname-flags required-timeout
    dns-priority dns-options link-local replace-local-rule dhcp-send-release`),
  ipv6: words(`addr-gen-mode ip6-privacy ra-timeout dhcp-timeout dhcp-send-hostname
    dhcp-hostname-flags required-timeout dns-priority dns-options replace-local-rule
    dhcp-send-release temp-valid-lifetime temp-preferred-lifetime`),
  vlan: words('flags'),
  bridge: words('stp'),
};

/** Reported: the installed system has them, and the medium works without. */
const unused: Readonly<Record<string, ReadonlySet<string>>> = {
  ethernet: words('speed duplex'),
  ipv4: words(`dns-search route-metric dhcp-client-id dhcp-iaid dhcp-vendor-class-identifier
    dhcp-hostname dhcp-fqdn`),
  ipv6: words('dns-search route-metric dhcp-iaid dhcp-duid dhcp-hostname token mtu'),
  bridge: words(`forward-delay hello-time max-age ageing-time priority group-forward-mask
    multicast-snooping multicast-querier`),
  'bridge-port': words('path-cost priority hairpin-mode'),
  'bond-port': words('prio'),
  proxy: words('method browser-only pac-url pac-script'),
};

/** What is refused otherwise, but not with these values. */
const usualValues: Readonly<Record<string, readonly string[]>> = {
  'vlan.protocol': ['802.1Q'],
  'ipv4.ignore-auto-routes': ['false', '0'],
  'ipv6.ignore-auto-routes': ['false', '0'],
  'ipv4.route-table': ['0', '254'],
  'ipv6.route-table': ['0', '254'],
  'bridge.vlan-filtering': ['false', '0'],
  'ethernet.accept-all-mac-addresses': ['-1', 'default'],
};

function treatment(section: string, name: string, value: string): Treatment {
  if (section.startsWith('.') || section === 'user' || section === 'hostname') return 'harmless';
  if (section === 'ethtool' || section === 'link') return 'unused';
  if (used[section]?.test(name)) return 'used';
  if (harmless[section]?.has(name)) return 'harmless';
  if (unused[section]?.has(name)) return 'unused';
  // The main table, which nmstate writes to every route.
  if (/^route\d+_options$/.test(name) && /^table=(0|254)$/.test(value)) return 'harmless';
  return usualValues[`${section}.${name}`]?.includes(value) ? 'harmless' : 'refused';
}
