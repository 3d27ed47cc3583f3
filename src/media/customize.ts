import { X509Certificate } from 'node:crypto';
import { checkIgnitionConfig } from '../config/check-ignition.ts';
import { isYamlConfig } from '../config/fetch-ignition.ts';
import { translateYaml } from '../config/translate-yaml.ts';
import { InputError } from '../lib/errors.ts';
import { parseConsoles } from '../parameters/consoles.ts';
import type { Features } from './features.ts';
import { makeHook } from './install-hooks.ts';
import {
  installerConfigDirectory,
  makeInstallerConfig,
  readInstallerConfig,
} from './installer-config.ts';
import { type LiveFile, makeIgnitionConfig } from './live-config.ts';
import { keyfilePath, liveConfigPath } from './live-files.ts';
import { requirePlain } from './live-kargs.ts';
import { unsupported } from './medium-error.ts';
import { baseName, type GivenFile, unusable } from './wished-file.ts';

/** What a medium shall do. */
export interface Wishes {
  readonly liveIgnition: readonly GivenFile[];
  readonly destIgnition: readonly GivenFile[];
  readonly destDevice: string | undefined;
  readonly destConsole: readonly string[];
  readonly destKargAppend: readonly string[];
  readonly destKargDelete: readonly string[];
  readonly networkKeyfile: readonly GivenFile[];
  readonly ignitionCa: readonly GivenFile[];
  readonly preInstall: readonly GivenFile[];
  readonly postInstall: readonly GivenFile[];
  readonly installerConfig: readonly GivenFile[];
}

export interface Customization {
  /** For the initramfs. */
  readonly members: ReadonlyMap<string, Uint8Array>;
  /** The disk that is overwritten without a question. */
  readonly destDevice: string | undefined;
  /** A sentence each. */
  readonly warnings: readonly string[];
}

const destConfigPath = '/etc/coreos/dest.ign';

/**
 * Turns wishes into files for a medium called `name`. Throws `InputError` for what cannot work, or what
 * this release of Fedora CoreOS cannot do.
 */
export function planCustomization(wishes: Wishes, features: Features, name: string): Customization {
  const warnings: string[] = [];
  const certificates = wishes.ignitionCa.map(checkCertificates);
  const live = wishes.liveIgnition.map((file) => checkConfig(file).bytes);
  const dest = wishes.destIgnition.map((file) => {
    const checked = checkConfig(file);
    warnings.push(...checked.warnings);
    return checked.bytes;
  });
  const installer = planInstaller(wishes, features, name);
  const hooks = [
    ...wishes.preInstall.map((file) => makeHook('pre-install', file)),
    ...wishes.postInstall.map((file) => makeHook('post-install', file)),
  ];
  // Each has a unit named after it, too.
  const programs = hooks.map(({ file }) => file.path);
  const again = programs.find((path, index) => programs.indexOf(path) < index);
  if (again !== undefined) throw twice('path', again);
  if (hooks.length > 0 && !installer.runs)
    warnings.push(
      'The programs for before and after the installation only run if kernel arguments start one.',
    );
  if (installer.runs && installer.devices.length === 0)
    warnings.push(
      'No destination device is given: the installation fails without coreos.inst.install_dev.',
    );
  const config = makeIgnitionConfig({
    merge: live,
    certificates,
    files: [...installer.files, ...destFile(dest, certificates), ...hooks.map(({ file }) => file)],
    units: hooks.map(({ unit }) => unit),
  });
  const members = new Map(keyfiles(wishes, features, name, warnings));
  if (config !== undefined) members.set(liveConfigPath, config);
  return { members, destDevice: installer.devices[0], warnings };
}

/** The one config as it is; several, or one with certificates, merged into another. */
function destFile(configs: readonly Uint8Array[], certificates: readonly Uint8Array[]): LiveFile[] {
  const [only] = configs;
  if (only === undefined) return [];
  const isPlain = configs.length === 1 && certificates.length === 0;
  const bytes = isPlain ? only : (makeIgnitionConfig({ merge: configs, certificates }) ?? only);
  return [{ path: destConfigPath, mode: 0o600, bytes }];
}

function planInstaller(wishes: Wishes, features: Features, name: string) {
  const { destDevice, destConsole, destKargAppend, destKargDelete, destIgnition } = wishes;
  const given = wishes.installerConfig.map((file) => ({ file, says: readInstallerConfig(file) }));
  if (destDevice !== undefined && !/^\/dev\/[^\p{Cc}]+$/u.test(destDevice))
    throw unusable(`the destination device ${destDevice}`, 'it is no device', 'Give /dev/sda, …');
  for (const console of destConsole) checkConsole(console);
  for (const karg of [...destKargAppend, ...destKargDelete]) requirePlain(karg);
  const own = {
    'dest-device': destDevice,
    console: destConsole,
    'append-karg': destKargAppend,
    'delete-karg': destKargDelete,
    'ignition-file': destIgnition.length > 0 ? destConfigPath : undefined,
  };
  const runs = given.length > 0 || makeInstallerConfig(own) !== undefined;
  const copies = runs && wishes.networkKeyfile.length > 0;
  const last = makeInstallerConfig({ ...own, 'copy-network': copies ? true : undefined });
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
  return { runs, files, devices };
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

function keyfiles(
  { networkKeyfile }: Wishes,
  { liveNetwork }: Features,
  name: string,
  warnings: string[],
): [string, Uint8Array][] {
  if (networkKeyfile.length > 0 && !liveNetwork) throw unsupported(name, 'network settings');
  const names = new Set<string>();
  return networkKeyfile.map(({ path, bytes }) => {
    const keyfile = baseName(path);
    if (names.has(keyfile)) throw twice('keyfile', keyfile);
    names.add(keyfile);
    if (!keyfile.endsWith('.nmconnection'))
      warnings.push(
        `NetworkManager ignores the keyfile ${keyfile}: it must end with .nmconnection.`,
      );
    return [keyfilePath(keyfile), bytes];
  });
}

const twice = (kind: string, name: string) =>
  unusable('these options', `config already specifies ${kind} ${name}`, 'Rename one of the files.');

/** Throws what Ignition would refuse, with the words that scripts know. */
function checkConfig({ path, bytes }: GivenFile) {
  try {
    const { config, translation } = isYamlConfig(bytes)
      ? translateYaml(bytes, path)
      : { config: { bytes }, translation: undefined };
    const { warnings } = checkIgnitionConfig(config.bytes, path, undefined, translation);
    return { bytes: config.bytes, warnings };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { code, why } = error.failure;
    throw new InputError(
      {
        code: code as 'config-invalid',
        failed: `Error parsing Ignition config ${path}`,
        why,
        next: 'Correct it; coreos-installer ignition validate lists everything that is wrong.',
      },
      { cause: error },
    );
  }
}

function checkCertificates({ path, bytes }: GivenFile): Uint8Array {
  try {
    new X509Certificate(bytes);
    return bytes;
  } catch (error) {
    throw unusable(path, `it is not a CA certificate in PEM format (${(error as Error).message})`);
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
