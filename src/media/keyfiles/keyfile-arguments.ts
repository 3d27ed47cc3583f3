import { printable } from '../../lib/text.ts';
import { nameServerWord } from '../../system/network/argument-words.ts';
import { baseName, type GivenFile } from '../wished-file.ts';
import { ipWords } from './keyfile-addresses.ts';
import {
  devicesOf,
  deviceWord,
  type KeyfileDevice,
  parentsAlone,
  portsOf,
  requireController,
} from './keyfile-devices.ts';
import { readSettings } from './keyfile-settings.ts';

export interface KeyfileArguments {
  /** Kernel arguments in the form of dracut.cmdline(7). */
  readonly arguments: readonly string[];
  /** What the medium does not have of the keyfiles, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The network that NetworkManager would make of keyfiles, as kernel arguments: names of cards, VLANs,
 * bonds and bridges, then the addresses of each interface, then routes and name servers. Throws
 * `InputError` for what no argument can express.
 */
export function keyfileArguments(keyfiles: readonly GivenFile[]): KeyfileArguments {
  const notes: string[] = [];
  const files = keyfiles.flatMap((file) => {
    const read = readSettings(file);
    if (read === undefined)
      notes.push(
        `The medium does not use ${printable(baseName(file.path))}, which has autoconnect=false.`,
      );
    return read ?? [];
  });
  for (const { settings, unused } of files)
    if (unused.length > 0)
      notes.push(
        `The medium does without these settings of ${printable(settings.file)}: ${printable(unused.join(', '))}.`,
      );
  const devices = devicesOf(files.map(({ settings }) => settings));
  for (const device of devices) requireController(device, devices);
  const configured = devices
    .filter(({ controller }) => controller === undefined)
    .map(({ settings, link }) => ({ settings, link, ...ipWords(settings, link) }));
  // The settings of a VLAN's card would otherwise be these alone, without those for any card.
  const alone = parentsAlone(devices).map((name) => ({ name }));
  const shared = configured
    .filter(({ link }) => link === undefined)
    .flatMap(({ settings }) => alone.flatMap((link) => ipWords(settings, link).addresses));
  notes.push(...notesOnNames(devices));
  for (const device of devices) {
    notes.push(...notesOnPrimary(device, devices));
    // Of a bond without addresses the medium does not use such a setting.
    const own = configured.find(({ settings }) => settings === device.settings);
    if (own?.takesNameServers !== undefined) notes.push(...notesOnBond(device, devices));
  }
  const addressed = new Set(
    configured.flatMap(({ settings, addresses }) => (addresses.length > 0 ? [settings] : [])),
  );
  for (const device of devices)
    if (!addressed.has(device.settings)) notes.push(...notesOnLink(device));
  const asked = configured.flatMap(({ takesNameServers }) => takesNameServers ?? []);
  const ignores = asked.length > 0 && asked.every((takes) => !takes);
  if (!ignores && asked.includes(false))
    notes.push(
      'The medium also uses name servers that DHCP or a router gives: ignore-auto-dns is not in all keyfiles.',
    );
  const words = [
    ...devices.flatMap(({ link, cardMac }) => (cardMac ? [`ifname=${link?.name}:${cardMac}`] : [])),
    ...devices.flatMap((device) => deviceWord(device, devices) ?? []),
    ...configured.flatMap(({ addresses }) => addresses),
    ...shared,
    ...configured.flatMap(({ routes }) => routes),
    ...(ignores ? ['rd.peerdns=0'] : []),
    ...configured.flatMap(({ nameServers }) => nameServers.map(nameServerWord)),
  ];
  return { arguments: [...new Set(words)], notes };
}

/** Of the names that the kernel gives to cards, in the order in which it finds them. */
function notesOnNames(devices: readonly KeyfileDevice[]): string[] {
  const names = [
    ...devices.filter(({ settings }) => settings.type === 'ethernet').map(({ link }) => link?.name),
    ...parentsAlone(devices),
  ].filter((name) => name !== undefined && /^eth\d+$/.test(name));
  return names.length === 0
    ? []
    : [
        `Without the kernel argument net.ifnames=0 no card has the name ${names.join(' or ')}, neither on the medium nor on Fedora CoreOS. Usual names are like enp1s0.`,
      ];
}

/** Of a bond that asks for an address. */
function notesOnBond(device: KeyfileDevice, devices: readonly KeyfileDevice[]): string[] {
  const { settings, link } = device;
  if (settings.type !== 'bond' || link?.macAddress !== undefined) return [];
  if (portsOf(device, devices).length < 2) return [];
  return [
    `${link?.name} has the MAC address of the card that is ready first, also for DHCP. For a certain one, set cloned-mac-address= in the section [ethernet] of ${printable(settings.file)}.`,
  ];
}

/** Of a bond whose preferred port no keyfile names: that of the port may have its MAC address only. */
function notesOnPrimary(device: KeyfileDevice, devices: readonly KeyfileDevice[]): string[] {
  const { settings } = device;
  const primary = settings.type === 'bond' ? settings.get('bond', 'primary')?.trim() : undefined;
  if (primary === undefined || portsOf(device, devices).includes(primary)) return [];
  return [
    `The medium does without bond.primary=${printable(primary)} of ${printable(settings.file)}: no keyfile of a port has interface-name=${printable(primary)}.`,
  ];
}

/** Of an interface without addresses. The argument for a bond has an MTU, also for its ports. */
function notesOnLink({ settings, link, controller }: KeyfileDevice): string[] {
  const isBonded = settings.type === 'bond' || controller !== undefined;
  const lost = [
    ...(link?.macAddress === undefined ? [] : ['cloned-mac-address']),
    ...(link?.mtuBytes === undefined || isBonded ? [] : ['mtu']),
  ];
  return lost.map(
    (name) =>
      `The medium does without ethernet.${name} of ${printable(settings.file)}: only an interface with an address has one.`,
  );
}
