import { stringify } from 'yaml';
import { type GivenInFile, type OptionForm, readConfigFile } from '../parameters/config-file.ts';

/** Where the live system's installer looks for its config files. */
export const installerConfigDirectory = '/etc/coreos/installer.d';

const several = ['console', 'append-karg', 'delete-karg', 'save-partlabel', 'save-partindex'];
const single = [
  ...['dest-device', 'stream', 'image-url', 'image-file', 'ignition-file', 'ignition-url'],
  ...['ignition-hash', 'architecture', 'platform', 'network-dir', 'stream-base-url'],
  'fetch-retries',
];
const flags = [
  ...['copy-network', 'offline', 'insecure', 'insecure-ignition', 'preserve-on-error'],
  'secure-ipl',
];

/** What the installer of Fedora CoreOS knows. */
const coreosForms: readonly OptionForm[] = [
  ...several.map((name) => ({ name, takesValue: true, repeats: true })),
  ...single.map((name) => ({ name, takesValue: true, repeats: false })),
  ...flags.map((name) => ({ name, takesValue: false, repeats: false })),
];

/** The options of a config file for the installer of Fedora CoreOS. Throws `ParameterError`. */
export const readCoreosConfig = (path: string, bytes: Uint8Array): GivenInFile[] =>
  readConfigFile(path, bytes, coreosForms);

export interface InstallerWishes {
  readonly 'dest-device'?: string | undefined;
  readonly console?: readonly string[];
  readonly 'image-url'?: string | undefined;
  readonly 'append-karg'?: readonly string[];
  readonly 'delete-karg'?: readonly string[];
  readonly 'ignition-file'?: string | undefined;
  readonly 'copy-network'?: true | undefined;
}

/** A config file for it; undefined where there is nothing to say. */
export function makeInstallerConfig(wishes: InstallerWishes): Buffer | undefined {
  const given = Object.entries(wishes).filter(
    ([, value]) => value !== undefined && (!Array.isArray(value) || value.length > 0),
  );
  return given.length === 0 ? undefined : Buffer.from(stringify(Object.fromEntries(given)));
}
