import { printable } from '../../lib/text.ts';
import {
  arePlainBondOptions,
  bondWord,
  bridgeWord,
  isPlainName,
  type LinkSettings,
  vlanNumberIn,
  vlanWord,
} from '../../system/network/argument-words.ts';
import { bondOptionNames } from '../../system/network/network-devices.ts';
import type { KeyfileSettings } from './keyfile-settings.ts';

/** The interface of a connection. */
export interface KeyfileDevice {
  readonly settings: KeyfileSettings;
  /** Undefined for any network card. */
  readonly link: LinkSettings | undefined;
  /** The MAC address that a card is known by; the name may be another one on the medium. */
  readonly cardMac: string | undefined;
  /** Whether its name is made of that. */
  readonly isNameless: boolean;
  /** As it is given: a name or a UUID. */
  readonly controller: string | undefined;
}

/** The names of interfaces in keyfiles. Throws `InputError` where two configure the same. */
export function devicesOf(files: readonly KeyfileSettings[]): KeyfileDevice[] {
  const cards = files.filter(({ type }) => type === 'ethernet').map((file) => deviceOf(file, []));
  const others = files
    .filter(({ type }) => type === 'bond' || type === 'bridge')
    .map((file) => deviceOf(file, []));
  const parents = [...cards, ...others];
  const vlans: KeyfileDevice[] = [];
  for (const file of files.filter(({ type }) => type === 'vlan'))
    vlans.push(deviceOf(file, [...parents, ...vlans]));
  const all = [...parents, ...vlans];
  for (const { settings, link, cardMac } of all) {
    const [, other] = all.filter(
      (one) => one.link?.name === link?.name || (cardMac !== undefined && one.cardMac === cardMac),
    );
    if (other !== undefined && other.settings !== settings)
      throw settings.refuse(
        'connection',
        'interface-name',
        `${printable(other.settings.file)} configures ${link?.name ?? 'all network cards'}, too`,
        'Give one keyfile for each network interface.',
      );
  }
  return all;
}

function deviceOf(settings: KeyfileSettings, parents: readonly KeyfileDevice[]): KeyfileDevice {
  const { type } = settings;
  const cardMac = type === 'ethernet' ? macIn(settings, 'mac-address') : undefined;
  const given =
    settings.get('connection', 'interface-name') ?? settings.get(type, 'interface-name');
  const name =
    given ??
    (type === 'vlan'
      ? `${parentOf(settings, parents)}.${idOf(settings)}`
      : cardMac && nameByMac(cardMac));
  const controller = settings.get('connection', 'controller', 'master');
  const lacksName = type !== 'ethernet' || controller !== undefined;
  if (name === undefined && lacksName)
    throw settings.refuse('connection', 'interface-name', 'it is missing', 'Add it.');
  if (name !== undefined) requirePlain(settings, 'connection', 'interface-name', name);
  const own = ownSettings(settings);
  if (name === undefined && (own.mtuBytes ?? own.macAddress) !== undefined)
    throw settings.refuse(
      'connection',
      'interface-name',
      'an MTU or a MAC address of its own needs a network card',
      'Give it interface-name=, or mac-address= in the section [ethernet].',
    );
  const link = name === undefined ? undefined : { name, ...own };
  // dracut does not give names of the kernel to other cards: that would be a race.
  const isNamed = cardMac !== undefined && !/^eth\d+$/.test(name ?? '');
  return {
    settings,
    link,
    cardMac: isNamed ? cardMac : undefined,
    isNameless: given === undefined && isNamed,
    controller,
  };
}

/** As systemd names cards by their MAC address. */
const nameByMac = (mac: string) => `enx${mac.replaceAll(':', '')}`;

function ownSettings(settings: KeyfileSettings): Omit<LinkSettings, 'name'> {
  const mtu = settings.get('ethernet', 'mtu')?.trim();
  if (mtu !== undefined && !/^(auto|\d{1,5})$/.test(mtu))
    throw settings.refuse('ethernet', 'mtu', `${printable(mtu)} is no number of bytes`);
  const mtuBytes = Number(mtu) || undefined;
  const how = settings.get('ethernet', 'cloned-mac-address', 'assigned-mac-address')?.trim();
  if (how === undefined || /^(preserve|permanent)$/.test(how))
    return { mtuBytes, macAddress: undefined };
  return { mtuBytes, macAddress: macIn(settings, 'cloned-mac-address', 'assigned-mac-address') };
}

function macIn(settings: KeyfileSettings, ...keys: [string, ...string[]]): string | undefined {
  const text = settings.get('ethernet', ...keys);
  if (text === undefined) return undefined;
  const mac = text.trim().toLowerCase().replaceAll('-', ':');
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) return mac;
  throw settings.refuse('ethernet', keys[0], `${printable(text)} is no fixed MAC address`);
}

function requirePlain(settings: KeyfileSettings, section: string, key: string, name: string): void {
  // The kernel's limit (IFNAMSIZ).
  if (isPlainName(name) && name.length < 16 && !/^\.\.?$/.test(name)) return;
  throw settings.refuse(
    section,
    key,
    `${printable(name)} is no name that a kernel argument can have`,
    'Use up to 15 letters, digits, dots, dashes and underscores.',
  );
}

/** Whether a reference, by name or UUID, means a device. */
const isMeant = ({ settings, link }: KeyfileDevice, reference: string) =>
  link?.name === reference || settings.get('connection', 'uuid') === reference;

/** The name of the interface below a VLAN. */
function parentOf(settings: KeyfileSettings, devices: readonly KeyfileDevice[]): string {
  const reference = settings.get('vlan', 'parent');
  if (reference === undefined)
    throw settings.refuse('vlan', 'parent', 'it is missing', 'Add the name of the interface.');
  const mac = reference.toLowerCase();
  const found = devices.find((one) => isMeant(one, reference) || one.cardMac === mac);
  const name = found?.link?.name ?? reference;
  requirePlain(settings, 'vlan', 'parent', name);
  const nameless = devices.find(({ isNameless }) => isNameless);
  // One card has one set of settings on the medium.
  if (found === undefined && nameless !== undefined)
    throw settings.refuse(
      'vlan',
      'parent',
      `${name} may be the card of ${printable(nameless.settings.file)}, which only its MAC address tells`,
      `Give interface-name= in the latter, too. If it is the same card, parent= may also be its UUID or MAC address.`,
    );
  return name;
}

/** The cards below VLANs that no keyfile is of. */
export function parentsAlone(devices: readonly KeyfileDevice[]): string[] {
  const names = devices
    .filter(({ settings }) => settings.type === 'vlan')
    .map(({ settings }) => parentOf(settings, devices));
  return [...new Set(names)].filter((name) => !devices.some(({ link }) => link?.name === name));
}

const idOf = (settings: KeyfileSettings) => settings.get('vlan', 'id')?.trim() ?? '';

/** The argument that makes the interface; undefined for a card. Throws `InputError`. */
export function deviceWord(device: KeyfileDevice, all: readonly KeyfileDevice[]) {
  const { settings, link } = device;
  if (settings.type === 'ethernet' || link === undefined) return undefined;
  if (settings.type === 'vlan') return wordOfVlan(device, all);
  const ports = portsOf(device, all);
  if (ports.length === 0)
    throw settings.refuse(
      'connection',
      'type',
      `no keyfile is of a port of ${link.name}`,
      `Give also those with controller=${link.name}.`,
    );
  return settings.type === 'bridge'
    ? bridgeWord(link.name, ports)
    : bondWord(link, ports, bondOptionsOf(settings));
}

export function portsOf(device: KeyfileDevice, all: readonly KeyfileDevice[]): string[] {
  return all.flatMap(({ controller, link }) =>
    controller !== undefined && isMeant(device, controller) && link !== undefined
      ? [link.name]
      : [],
  );
}

/** Throws `InputError` where a port's bond or bridge is not there. */
export function requireController(device: KeyfileDevice, all: readonly KeyfileDevice[]): void {
  const { settings, controller } = device;
  if (controller === undefined) return;
  const found = all.find((one) => isMeant(one, controller))?.settings.type;
  if (found === 'bond' || found === 'bridge') return;
  throw settings.refuse(
    'connection',
    'controller',
    `no keyfile is of the bond or bridge ${printable(controller)}`,
    'Give that, too.',
  );
}

function wordOfVlan({ settings, link }: KeyfileDevice, all: readonly KeyfileDevice[]): string {
  const name = link?.name ?? '';
  const id = idOf(settings);
  const number = vlanNumberIn(name);
  if (!/^\d+$/.test(id) || Number(id) > 4094)
    throw settings.refuse('vlan', 'id', `${printable(id) || 'nothing'} is no number of a VLAN`);
  if (number !== Number(id))
    throw settings.refuse(
      'connection',
      'interface-name',
      `no kernel argument expresses the name ${name} of VLAN ${id}: it must end with that number`,
      `Use vlan${id}, or a name like eth0.${id}.`,
    );
  return vlanWord(name, parentOf(settings, all));
}

const bondOptions = new Set(['mode', 'num_unsol_na', ...bondOptionNames.map(([, name]) => name)]);

/** The mode first. Several addresses are separated by `;` there. */
function bondOptionsOf(settings: KeyfileSettings): string {
  const all = settings.all('bond').filter(([name]) => name !== 'interface-name');
  for (const [name, value] of all)
    if (!bondOptions.has(name) || !arePlainBondOptions(value))
      throw settings.refuse(
        'bond',
        printable(`${name}=${value}`),
        'no kernel argument expresses it',
        'Remove it.',
      );
  const mode = settings.get('bond', 'mode') ?? 'balance-rr';
  const others = all.filter(([name]) => name !== 'mode');
  return [['mode', mode], ...others]
    .map(([name, value = '']) => `${name}=${value.replaceAll(',', ';')}`)
    .join(',');
}
