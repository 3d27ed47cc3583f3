import type { Asset } from './assets.ts';

/** What a set of files asks for, read, rendered and validated as a whole. */
export interface Fleet {
  readonly settings: FleetSettings;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** By name. */
  readonly machines: ReadonlyMap<string, WantedMachine>;
}

/** fleet.yaml. */
export interface FleetSettings {
  /** The server as loaders and installers reach it: `http://192.0.2.1:8080`, without a final slash. */
  readonly url: string;
  /** The same for everything after the loader, with TLS; default: `url`. */
  readonly tlsUrl?: string;
  /** How many machines may install at a time. */
  readonly concurrency: number;
  /** The number of machines of each profile that must be up before the others begin; 0: none. */
  readonly canary: number;
  /**
   * The number of failures after which no further machine begins, if they are at least `percent` of
   * the machines that ended last: with 3 and 5, three failures among the last 60.
   */
  readonly stopWhen: { readonly failures: number; readonly percent: number };
  /** Rack → URL of the cache from which its machines fetch assets. */
  readonly edges: ReadonlyMap<string, string>;
}

/** How an installed machine leaves the network boot for its disk. */
export const localBootMethods = ['exit', 'sanboot'] as const;
export type LocalBootMethod = (typeof localBootMethods)[number];

/** profiles/NAME.yaml. */
export interface Profile {
  readonly name: string;
  /**
   * SHA-256 of everything that its machines get and have in common: image, kernel, initramfs, device,
   * kept partitions, kernel arguments, template and the files that it embeds. Not of values from the table or secrets.
   */
  readonly digest: string;
  readonly image: Asset;
  readonly kernel: Asset;
  readonly initramfs: Asset;
  /** A path or a rule, as for the installer's `--device`. */
  readonly device: string;
  /** Partitions of that disk that are kept, as for the installer: globs of labels, ranges of numbers. */
  readonly savePartlabel?: string;
  readonly savePartindex?: string;
  /** Further kernel arguments of the installer, such as `console=ttyS1,115200n8`. */
  readonly kargs: readonly string[];
  readonly localBoot: LocalBootMethod;
  /** Whether its machines report when they are up (`/v1/booted`); else `installed` is the end. */
  readonly phoneHome: boolean;
}

/** A line of machines.csv with all that follows from it. */
export interface WantedMachine {
  readonly name: string;
  readonly identity: MachineIdentities;
  readonly rack: string;
  readonly profile: string;
  /** From 1; a higher one asks for a new installation. */
  readonly generation: number;
  /** The Ignition config, rendered and validated: UTF-8 JSON. Has secrets: for nobody but the machine. */
  readonly config: Buffer;
  /** Of `config`: 128 lower-case hex digits. */
  readonly configSha512: string;
  /** What may be shown of the machine's line: column → value, without secrets. */
  readonly values: Readonly<Record<string, string>>;
}

/** By what a machine is known; MAC addresses as `52:54:00:00:00:01`, the others lower case. */
export interface MachineIdentities {
  readonly macs: readonly string[];
  readonly uuid?: string;
  readonly serial?: string;
}
