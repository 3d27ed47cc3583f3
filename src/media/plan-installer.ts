import type { GivenInFile } from '../parameters/config-file.ts';
import { parseConsoles } from '../parameters/consoles.ts';
import { addedDirectory, nameOnMedium } from './added-files.ts';
import type { Features } from './features.ts';
import {
  type InstallerWishes,
  installerConfigDirectory,
  makeInstallerConfig,
  readCoreosConfig,
} from './installer-config.ts';
import { requirePlain } from './live-kargs.ts';
import { unsupported } from './medium-error.ts';
import { checkConfigured } from './own-installer.ts';
import { baseName, type Medium, type OwnInstaller, unusable, type Wishes } from './wished-file.ts';

/** Where the config of the installed system is on a medium. */
export const destConfigPath = '/etc/coreos/dest.ign';
/** CA certificates for the installer itself, which media of this program give it as coreos.inst.ca_file. */
export const caPath = '/etc/coreos/ca.pem';

/**
 * The config files for the installer of a medium, whether it starts by itself, the disks that it is given,
 * and what the user should know, a sentence each. Throws `InputError`, and `ParameterError` for what is in
 * a config file.
 */
export function planInstaller(wishes: Wishes, { name, features, kernel }: Medium) {
  const { destDevice, destConsole, destKargAppend, destKargDelete, destIgnition } = wishes;
  const { installerConfig, ownInstaller } = wishes;
  const read = features.isOwn ? ownInstaller.read : readCoreosConfig;
  const given = installerConfig.flatMap(({ path, bytes }) => read(path, bytes));
  if (destDevice !== undefined && !features.isOwn) requireName(destDevice);
  for (const console of destConsole) checkConsole(console);
  for (const karg of [...destKargAppend, ...destKargDelete]) requirePlain(karg);
  const [image] = wishes.image;
  if (image !== undefined) requireOneImage(image, given, features);
  const own = {
    'dest-device': destDevice,
    'image-url': image && `medium:${addedDirectory}/${nameOnMedium(image)}`,
    console: destConsole,
    'append-karg': destKargAppend,
    'delete-karg': destKargDelete,
    'ignition-file': destIgnition.length > 0 ? destConfigPath : undefined,
  };
  const runs = installerConfig.length > 0 || makeInstallerConfig(own) !== undefined;
  // A medium of this program copies its keyfiles however the installer is started.
  const copies = runs && wishes.networkKeyfile.length > 0 && !features.isOwn;
  const last = makeInstallerConfig({
    ...own,
    'copy-network': copies ? true : undefined,
  });
  if (runs && !features.installerConfig) throw unsupported(name, 'installer configuration');
  const names = new Set(given.map((one) => one.name));
  if (destConsole.length > 0) names.add('console');
  requireDirectives(names, features, name);
  const files = [
    ...installerConfig.map(({ path, bytes }) => ({ name: baseName(path), bytes })),
    ...(last === undefined ? [] : [{ name: 'customize.yaml', bytes: last }]),
  ].map(({ name, bytes }, index) => ({
    path: `${installerConfigDirectory}/${String(index).padStart(4, '0')}-${name}`,
    mode: 0o600,
    bytes,
  }));
  const inFiles = given.filter((one) => one.name === 'dest-device').map(({ value }) => `${value}`);
  const devices = [...inFiles, ...(destDevice === undefined ? [] : [destDevice])];
  if (devices.length > 1)
    throw unusable('these options', `there are two destination devices: ${devices.join(', ')}`);
  if (!features.isOwn) return { runs, files, devices, names: [...names], notes: [] };
  const all = [...given, ...ofOptions(last, ownInstaller)];
  const notes = checkConfigured(ownInstaller.configured(all, kernel), kernel);
  return { runs, files, devices, names: [...names], notes };
}

/** What gives each line of the config file that is made. */
const optionOf: Readonly<Record<keyof InstallerWishes, string>> = {
  'dest-device': '--dest-device',
  'image-url': '--image',
  console: '--dest-console',
  'append-karg': '--dest-karg-append',
  'delete-karg': '--dest-karg-delete',
  'ignition-file': '--dest-ignition',
  'copy-network': '--network-keyfile',
};

/** The lines of that file, as the medium will read them, with the options in place of their numbers. */
function ofOptions(made: Uint8Array | undefined, { read }: OwnInstaller): GivenInFile[] {
  const all = made === undefined ? [] : read('these options', made);
  return all.map((one) => ({ ...one, place: optionOf[one.name as keyof InstallerWishes] }));
}

/** Throws `InputError` where the medium cannot have one, or a config file names another. */
function requireOneImage(image: string, given: readonly GivenInFile[], { isOwn }: Features): void {
  if (!isOwn)
    throw unusable(
      `the image ${image}`,
      'only the ISO of this program can contain one',
      'Use an ISO that was built with make iso.',
    );
  const other = ['image-url', 'image-file', 'stream'].find((name) =>
    given.some((one) => one.name === name),
  );
  if (other !== undefined)
    throw unusable(`the image ${image}`, `${other} of an installer config names another`);
}

/** A config file with something that the installer does not know would stop the live system. */
function requireDirectives(
  names: ReadonlySet<string>,
  { directives }: Features,
  medium: string,
): void {
  for (const name of names) {
    if (directives?.has(name)) continue;
    // Before there was a list, there was no such directive either.
    if (name === 'console') throw unsupported(medium, 'the destination console');
    if (directives !== undefined) throw unsupported(medium, `${name} of an installer config`);
  }
}

/** As `--console` of the installer takes it. */
function checkConsole(console: string): void {
  const isSound = !/\s/.test(console) && parseConsoles(console).length === 1;
  if (!isSound)
    throw unusable(
      `the console ${console}`,
      'it is neither tty0, hvc0, ttysclp0 nor a serial port',
      'Give tty0, or a port with its speed: ttyS0,115200n8',
    );
}

/** Media of this program also know rules in place of it: `largest,bus=nvme`. */
function requireName(device: string): void {
  if (!/^\/dev\/[^\p{Cc}]+$/u.test(device))
    throw unusable(`the destination device ${device}`, 'it is no device', 'Give /dev/sda, …');
}
