import { parseConsoles } from '../parameters/consoles.ts';
import { addedDirectory, nameOnMedium } from './added-files.ts';
import type { Features } from './features.ts';
import {
  installerConfigDirectory,
  makeInstallerConfig,
  readInstallerConfig,
} from './installer-config.ts';
import { requirePlain } from './live-kargs.ts';
import { unsupported } from './medium-error.ts';
import { baseName, unusable, type Wishes } from './wished-file.ts';

/** Where the config of the installed system is on a medium. */
export const destConfigPath = '/etc/coreos/dest.ign';
/** CA certificates for the installer itself, which media of this program give it as coreos.inst.ca_file. */
export const caPath = '/etc/coreos/ca.pem';

/**
 * The config files for the installer of a medium called `name`, whether it starts by itself, and the disks
 * that it is given. Throws `InputError`.
 */
export function planInstaller(wishes: Wishes, features: Features, name: string) {
  const { destDevice, destConsole, destKargAppend, destKargDelete, destIgnition } = wishes;
  const given = wishes.installerConfig.map((file) => ({
    file,
    says: readInstallerConfig(file, features.isOwn ? wishes.ownForms : undefined),
  }));
  if (destDevice !== undefined) checkDevice(destDevice, features);
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
  const runs = given.length > 0 || makeInstallerConfig(own) !== undefined;
  // A medium of this program copies its keyfiles however the installer is started.
  const copies = runs && wishes.networkKeyfile.length > 0 && !features.isOwn;
  const last = makeInstallerConfig({
    ...own,
    'copy-network': copies ? true : undefined,
  });
  if (runs && !features.installerConfig) throw unsupported(name, 'installer configuration');
  const names = new Set(given.flatMap(({ says }) => [...says.keys()]));
  if (destConsole.length > 0) names.add('console');
  requireDirectives(names, features, name);
  const files = [
    ...given.map(({ file }) => ({ name: baseName(file.path), bytes: file.bytes })),
    ...(last === undefined ? [] : [{ name: 'customize.yaml', bytes: last }]),
  ].map(({ name, bytes }, index) => ({
    path: `${installerConfigDirectory}/${String(index).padStart(4, '0')}-${name}`,
    mode: 0o600,
    bytes,
  }));
  const inFiles = given.flatMap(({ says }) => says.get('dest-device') ?? []);
  const devices = [...inFiles, ...(destDevice === undefined ? [] : [destDevice])];
  if (devices.length > 1)
    throw unusable('these options', `there are two destination devices: ${devices.join(', ')}`);
  return { runs, files, devices, names: [...names] };
}

/** Throws `InputError` where the medium cannot have one, or a config file names another. */
function requireOneImage(
  image: string,
  given: readonly { readonly says: ReadonlyMap<string, unknown> }[],
  { isOwn }: Features,
): void {
  if (!isOwn)
    throw unusable(
      `the image ${image}`,
      'only the ISO of this program can contain one',
      'Use an ISO that was built with make iso.',
    );
  const other = ['image-url', 'image-file', 'stream'].find((name) =>
    given.some(({ says }) => says.has(name)),
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

/** Media of this program also know rules in place of a name: `largest,bus=nvme`. */
function checkDevice(device: string, { isOwn }: Features): void {
  const isSound = /^\/dev\/[^\p{Cc}]+$/u.test(device) || (isOwn && !/\p{Cc}/u.test(device));
  if (!isSound)
    throw unusable(`the destination device ${device}`, 'it is no device', 'Give /dev/sda, …');
}
