import type { Digest } from '../lib/digest.ts';
import type { ValueKey, valuePlaces } from './where-given.ts';

/** Where a value came from, in the order in which they win. */
export interface Origin {
  readonly kind: 'option' | 'file' | 'kernel';
  /** As the user knows it: `-d`, `/tmp/selected_dev`, `coreos.inst.install_dev=`. */
  readonly name: string;
}

export interface Resolved<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** A flag is absent unless it is on. */
export type Flag = Resolved<true> | undefined;

/** How things are fetched, by whatever URL; paths are absolute. */
export type Fetching = Readonly<Record<FetchingKey, Resolved<string> | undefined>>;

export type FetchingKey = Extract<
  ValueKey,
  'retryFor' | 'proxy' | 'noProxy' | 'caFile' | 'certFile' | 'keyFile' | 'headerFile'
>;

/**
 * What is done about a config that is wrong. `warn`: what is no Ignition config of version 3 stops
 * the installation, the rest is told; `error`: every error stops it; `off`: nothing is looked at.
 * Where nothing is said, an error stops unless some release of Ignition may take the config.
 */
export type IgnitionCheck = (typeof ignitionChecks)[number];
export const ignitionChecks = ['error', 'warn', 'off'] as const;

/** What the user wants, checked as far as text can be checked. */
export interface Parameters extends Fetching {
  /** An absolute path; symbolic links are not resolved yet. */
  readonly device: Resolved<string>;
  /** An http, https or file URL, or an absolute path; undefined installs without a config. */
  readonly ignitionUrl: Resolved<string> | undefined;
  /** On when the user said `skip` in place of a config's URL. */
  readonly skipIgnition: Flag;
  /** An http, https or file URL, or an absolute path. */
  readonly imageUrl: Resolved<string>;
  readonly platformId: Resolved<string> | undefined;
  /** What is done about a config that is wrong; undefined: what surely fails stops. */
  readonly checkIgnition: Resolved<IgnitionCheck> | undefined;
  /** What the image as served must be. */
  readonly imageHash: Resolved<Digest> | undefined;
  /** What the Ignition config must be. */
  readonly ignitionHash: Resolved<Digest> | undefined;
  /** An http, https or file URL, or an absolute path, of a file with the image's digest. */
  readonly checksumUrl: Resolved<string> | undefined;
  /** An absolute path: keys to check the image's signature with, instead of the program's. */
  readonly keyring: Resolved<string> | undefined;
  readonly requireSignature: Flag;
  /** On when the image's signature is not even looked for. */
  readonly skipMediaCheck: Flag;
  /** On when the disk is read back. */
  readonly verify: Flag;
  readonly skipReboot: Flag;
  /** http and https URLs that are told how the installation ended, with blanks between. */
  readonly notifyUrl: Resolved<string> | undefined;
  /** On when the installed system does not keep the first boot’s IP configuration. */
  readonly noPersistIp: Flag;
  /**
   * Kernel arguments for the first boot, as they were written: empty, or `rd.neednet=1` and the
   * others in their order.
   */
  readonly networkArguments: readonly string[];
  readonly networkOrigin: Origin | undefined;
  /** Further kernel argument text for the first boot, such as `coreos.no_persist_ip=1`. */
  readonly extraKcmdline: Resolved<string> | undefined;
  /** What the user should know, a sentence or two each. */
  readonly notes: readonly string[];
}

/** What the command line gave, as it was typed. */
export type ParameterOptions = {
  readonly [Key in (typeof valuePlaces)[ValueKey]['option']]?: string | undefined;
} & {
  readonly requireSignature?: boolean | undefined;
  readonly insecure?: boolean | undefined;
  readonly verify?: boolean | undefined;
};

/** `-d`, `/tmp/selected_dev`, or `the kernel argument coreos.inst.install_dev=`. */
export function describeOrigin({ kind, name }: Origin): string {
  return kind === 'kernel' ? `the kernel argument ${name}` : name;
}
