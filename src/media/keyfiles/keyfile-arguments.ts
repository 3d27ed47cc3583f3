import { printable } from '../../lib/text.ts';
import { kernelCommandLineBytes, usualForImageBytes } from '../../parameters/kernel-cmdline.ts';
import { nameServerWord } from '../../system/network/argument-words.ts';
import { baseName, type GivenFile, unusable } from '../wished-file.ts';
import { ipWords } from './keyfile-addresses.ts';
import { devicesOf, deviceWord, type KeyfileDevice, requireController } from './keyfile-devices.ts';
import { readSettings, startsByItself } from './keyfile-settings.ts';

export interface KeyfileArguments {
  /** Kernel arguments in the form of dracut.cmdline(7). */
  readonly arguments: readonly string[];
  /** What the medium does not have of the keyfiles, a sentence each. */
  readonly notes: readonly string[];
}

/** The installer reads them as it reads those that the machine was booted with. */
const mostBytes = kernelCommandLineBytes - usualForImageBytes;

/**
 * The network that NetworkManager would make of keyfiles, as kernel arguments: names of cards, VLANs,
 * bonds and bridges, then the addresses of each interface, then routes and name servers. Throws
 * `InputError` for what no argument can express.
 */
export function keyfileArguments(keyfiles: readonly GivenFile[]): KeyfileArguments {
  const notes: string[] = [];
  for (const { path } of keyfiles.filter((file) => !startsByItself(file)))
    notes.push(
      `The medium does not use ${printable(baseName(path))}, which has autoconnect=false.`,
    );
  const files = keyfiles.filter(startsByItself).map(readSettings);
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
    ...configured.flatMap(({ routes }) => routes),
    ...(ignores ? ['rd.peerdns=0'] : []),
    ...configured.flatMap(({ nameServers }) => nameServers.map(nameServerWord)),
  ];
  const all = [...new Set(words)];
  const lengthBytes = Buffer.byteLength(all.join(' '));
  if (lengthBytes > mostBytes)
    throw unusable(
      'these keyfiles',
      `they are ${lengthBytes} bytes of kernel arguments, of at most ${mostBytes}, which configure the network of a medium of this program`,
      'Give those that the installation needs, and put the others into the Ignition config.',
    );
  return { arguments: all, notes };
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
