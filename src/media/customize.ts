import { X509Certificate } from 'node:crypto';
import { checkIgnitionConfig } from '../config/check-ignition.ts';
import { isYamlConfig } from '../config/fetch-ignition.ts';
import { translateYaml } from '../config/translate-yaml.ts';
import { InputError } from '../lib/errors.ts';
import { makeHook, ownHook } from './install-hooks.ts';
import { ownNetwork } from './keyfiles/own-network.ts';
import { type ConfigContent, type LiveFile, makeIgnitionConfig } from './live-config.ts';
import { keyfilePath, liveConfigPath } from './live-files.ts';
import { unsupported } from './medium-error.ts';
import { caPath, destConfigPath, planInstaller } from './plan-installer.ts';
import {
  baseName,
  type GivenFile,
  type Medium,
  notForOwn,
  unusable,
  type Wishes,
} from './wished-file.ts';

export interface Customization {
  /** For the initramfs. */
  readonly members: ReadonlyMap<string, Uint8Array>;
  /** The disk that is overwritten without a question. */
  readonly destDevice: string | undefined;
  /** A sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Turns wishes into files for a medium. Throws `InputError` or `ParameterError` for what cannot work, or
 * what this release of Fedora CoreOS cannot do.
 */
export function planCustomization(wishes: Wishes, medium: Medium): Customization {
  const warnings: string[] = [];
  const certificates = wishes.ignitionCa.map(checkCertificates);
  const live = wishes.liveIgnition.map((file) => checkConfig(file).bytes);
  const dest = wishes.destIgnition.map((file) => {
    const checked = checkConfig(file);
    warnings.push(...checked.warnings);
    return checked.bytes;
  });
  const installer = planInstaller(wishes, medium);
  warnings.push(...installer.notes);
  if (hasHooks(wishes) && !installer.runs)
    warnings.push(
      'The programs for before and after the installation only run if kernel arguments start one.',
    );
  if (wishes.image.length === 1 && !installer.names.includes('insecure'))
    warnings.push(
      `There is no signature ${wishes.image[0]}.sig: the installer refuses the image unless insecure is in an installer config.`,
    );
  if (installer.runs && installer.devices.length === 0)
    warnings.push(
      'No destination device is given: the installation fails without coreos.inst.install_dev.',
    );
  const files = [...installer.files, ...destFile(dest, certificates)];
  const network = keyfiles(wishes, medium, warnings);
  const others = medium.features.isOwn
    ? ownMembers(wishes, files, certificates)
    : liveMembers(wishes, files, { certificates, merge: live });
  const members = new Map([...network, ...others]);
  return { members, destDevice: installer.devices[0], warnings };
}

const hasHooks = ({ preInstall, postInstall }: Wishes) =>
  preInstall.length + postInstall.length > 0;

/** For a live system of Fedora CoreOS: all in its Ignition config. */
function liveMembers(
  { preInstall, postInstall }: Wishes,
  files: readonly LiveFile[],
  content: ConfigContent,
): [string, Uint8Array][] {
  const hooks = [
    ...preInstall.map((file) => makeHook('pre-install', file)),
    ...postInstall.map((file) => makeHook('post-install', file)),
  ];
  const programs = hooks.map(({ file }) => file);
  // Each has a unit named after it, too.
  requireDifferent(programs.map(({ path }) => path));
  const units = hooks.map(({ unit }) => unit);
  const config = makeIgnitionConfig({ ...content, files: [...files, ...programs], units });
  return config === undefined ? [] : [[liveConfigPath, config]];
}

/** For a medium of this program: in its initramfs, which has no Ignition. */
function ownMembers(
  { liveIgnition, preInstall, postInstall }: Wishes,
  files: readonly LiveFile[],
  certificates: readonly Uint8Array[],
): [string, Uint8Array][] {
  if (liveIgnition.length > 0) throw notForOwn('--live-ignition');
  const programs = [
    ...preInstall.map((file) => ownHook('pre-install', file)),
    ...postInstall.map((file) => ownHook('post-install', file)),
  ];
  requireDifferent(programs.map(({ path }) => path));
  const pem = Buffer.concat(certificates.flatMap((one) => [one, Buffer.from('\n')]));
  const all = [...files, ...programs].map(({ path, bytes }): [string, Uint8Array] => [
    path.slice(1),
    bytes,
  ]);
  return pem.length > 0 ? [...all, [caPath.slice(1), pem]] : all;
}

function requireDifferent(paths: readonly string[]): void {
  const again = paths.find((path, index) => paths.indexOf(path) < index);
  if (again !== undefined) throw twice('path', again);
}

/** The one config as it is; several, or one with certificates, merged into another. */
function destFile(configs: readonly Uint8Array[], certificates: readonly Uint8Array[]): LiveFile[] {
  const [only] = configs;
  if (only === undefined) return [];
  const isPlain = configs.length === 1 && certificates.length === 0;
  const bytes = isPlain ? only : (makeIgnitionConfig({ merge: configs, certificates }) ?? only);
  return [{ path: destConfigPath, mode: 0o600, bytes }];
}

function keyfiles(
  { networkKeyfile }: Wishes,
  { name, features: { liveNetwork, isOwn }, kernel }: Medium,
  warnings: string[],
): [string, Uint8Array][] {
  if (networkKeyfile.length > 0 && !liveNetwork) throw unsupported(name, 'network settings');
  const names = new Set<string>();
  const files = networkKeyfile.map(({ path, bytes }): [string, Uint8Array] => {
    const keyfile = baseName(path);
    if (names.has(keyfile)) throw twice('keyfile', keyfile);
    names.add(keyfile);
    if (!keyfile.endsWith('.nmconnection'))
      warnings.push(
        `NetworkManager ignores the keyfile ${keyfile}: it must end with .nmconnection.`,
      );
    return [keyfilePath(keyfile), bytes];
  });
  if (!isOwn || networkKeyfile.length === 0) return files;
  const { member, notes } = ownNetwork(networkKeyfile, kernel);
  warnings.push(...notes);
  return [...files, member];
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

/** The certificates alone: Ignition refuses what follows the last one, even an empty line. */
function checkCertificates({ path, bytes }: GivenFile): Uint8Array {
  try {
    // Node also reads DER, which Ignition does not.
    const blocks = Buffer.from(bytes)
      .toString('latin1')
      .match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs);
    if (blocks === null) throw new Error('there is no BEGIN CERTIFICATE in it');
    for (const block of blocks) new X509Certificate(block);
    return Buffer.from(`${blocks.join('\n')}\n`, 'latin1');
  } catch (error) {
    throw unusable(path, `it is not a CA certificate in PEM format (${(error as Error).message})`);
  }
}
