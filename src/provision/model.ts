/**
 * The words of the provisioning server: what is wanted (files, read only), what happened (the
 * database), and what follows from both. Values only; nothing here reads, writes or decides.
 */

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
   * kernel arguments, template and the files that it embeds. Not of values from the table or secrets.
   */
  readonly digest: string;
  readonly image: Asset;
  readonly kernel: Asset;
  readonly initramfs: Asset;
  /** A path or a rule, as for the installer's `--device`. */
  readonly device: string;
  /** Further kernel arguments of the installer, such as `console=ttyS1,115200n8`. */
  readonly kargs: readonly string[];
  readonly localBoot: LocalBootMethod;
  /** Whether its machines report when they are up (`/v1/booted`); else `installed` is the end. */
  readonly phoneHome: boolean;
}

/** A file below assets/, named by what is in it. */
export interface Asset {
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  readonly fileName: string;
  readonly sizeBytes: number;
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

/** What a loader, an installer or an installed system says of the machine that it runs on. */
export interface MachineQuery {
  readonly mac?: string;
  readonly uuid?: string;
  readonly serial?: string;
}

/**
 * `unknown`: asked, but is on no line. `ready`: may be installed when its turn comes. `queued`: asked,
 * and waits for a slot. `booting`: has got the installer. `installing`: the installer reports.
 * `failed`: it ended with an error; tried again unless it has failed too often, then `held`.
 * `installed`: the installer said so. `booted`: the installed system said so. `came-back`: installed,
 * but asked for a boot script again. `held`: nothing happens until somebody releases it.
 */
export const machineStates = [
  'unknown',
  'ready',
  'queued',
  'booting',
  'installing',
  'failed',
  'held',
  'installed',
  'came-back',
  'booted',
] as const;
export type MachineState = (typeof machineStates)[number];

/** The states of a machine that has its system; a higher generation may ask for another one. */
export const installedStates: ReadonlySet<string> = new Set(['installed', 'came-back', 'booted']);

/** The answer to a machine that asks what to boot. The same one for every loader. */
export type Decision =
  | {
      readonly kind: 'install';
      readonly machine: WantedMachine;
      readonly profile: Profile;
      readonly install: Permit;
      /** From where it fetches assets: the rack's cache, or the server. */
      readonly assetsUrl: string;
    }
  | {
      readonly kind: 'wait';
      readonly why: string;
      /** In the queue, from 1; absent: it is not in the queue. */
      readonly position?: number;
      readonly retryAfterMs: number;
    }
  | { readonly kind: 'local-boot'; readonly why: string; readonly method: LocalBootMethod };

/** Permission for one installation; the token is known only to who got the boot script. */
export interface Permit {
  /** uuidv5(machine, generation): the same for every attempt at this generation. */
  readonly id: string;
  readonly token: string;
}

/** Something that happened, as stored; `seq` rises by at least 1 and is never used again. */
export interface FleetEvent {
  readonly seq: number;
  readonly atMs: number;
  readonly machine?: string;
  readonly install?: string;
  readonly kind: FleetEventKind;
  /** `machine`, `server`, or who operates: `socket`, `token:NAME`. */
  readonly actor: string;
  readonly sourceIp?: string;
  /** Without secrets. */
  readonly data: Readonly<Record<string, unknown>>;
}

export const fleetEventKinds = [
  'seen',
  'permitted',
  'waited',
  'sent-to-disk',
  'config-fetched',
  'progress',
  'installed',
  'failed',
  'booted',
  'came-back',
  'held',
  'released',
  'retried',
  'reinstall',
  'adopted',
  'gate-closed',
  'gate-opened',
  'clash',
  'loaded',
  'load-failed',
  'started',
] as const;
export type FleetEventKind = (typeof fleetEventKinds)[number];

/**
 * What operators do to machines. `hold` and `release` without a name mean the fleet as a whole;
 * `release` then opens the gate as well, and leaves held what is held by name. `adopt` takes machines
 * for installed as they are; without a name all that are not being installed, and releases the fleet.
 */
export type Operation =
  | {
      readonly kind: 'hold' | 'release' | 'adopt';
      readonly machine?: string;
      readonly why?: string;
    }
  | { readonly kind: 'retry' | 'reinstall'; readonly machine: string };

/** What the page, `status` and `/api/v1/machines` show. Nothing in it is secret. */
export interface FleetView {
  /** Of the newest event that it includes. */
  readonly seq: number;
  readonly atMs: number;
  /** Of the whole fleet: after a lost database nothing is installed until somebody releases it. */
  readonly held: boolean;
  /** Why no further machine begins, in one sentence; absent while the gate is open. */
  readonly gateClosed?: string;
  /** Why the newest set of files is not in use, with file, line and column. */
  readonly loadFailure?: string;
  readonly slots: { readonly used: number; readonly all: number };
  /** Of all machines that install now, in bytes written per second. */
  readonly bytesPerSecond: number;
  readonly machines: readonly MachineView[];
}

export interface MachineView {
  /** As in machines.csv; of an unknown one its MAC address, else `uuid:…` or `serial:…`. */
  readonly name: string;
  readonly rack: string;
  readonly profile?: string;
  readonly state: MachineState;
  readonly macs: readonly string[];
  readonly generation: number;
  readonly installedGeneration: number;
  /** At this generation, whose token was used, or of which nothing was heard for too long. */
  readonly attempts: number;
  /** When it came into this state. */
  readonly sinceMs: number;
  /** When it was last heard of; absent: never. */
  readonly heardMs?: number;
  readonly progress?: ProgressView;
  /** Why a human is needed; absent: nobody is. */
  readonly needs?: Need;
}

export interface ProgressView {
  /** The installer's own word for what it does, such as `write`. */
  readonly step: string;
  /** 0 to 100, where it is known. */
  readonly percent?: number;
  readonly bytesPerSecond?: number;
}

export interface Need {
  readonly kind: 'failed' | 'held' | 'came-back' | 'silent' | 'slow' | 'clash' | 'unknown';
  /** The installer's own sentence where there is one. */
  readonly sentence: string;
  /** What to do next, as a sentence. */
  readonly next: string;
  /** Of the target, after a failure: as in notices (`untouched`, `no-table`, …). */
  readonly diskState?: string;
}

/**
 * The heart of the server: who may install what, once. Every loader, installer and operator goes
 * through it; it is the only writer of the database. Times come from the clock that it was made with.
 */
export interface Control extends Disposable {
  /** What a machine boots; a permit is minted here, and only here. */
  ask(query: MachineQuery, sourceIp: string): Decision;
  /** The machine that this is; undefined for none or several. Changes nothing. */
  find(query: MachineQuery): WantedMachine | undefined;
  /** The config for the holder of a permit. Undefined: not allowed. */
  config(credentials: Permit, sourceIp: string): WantedMachine | undefined;
  /** Whether the token was given out, also one that is not valid any more. Changes nothing. */
  isKnown(credentials: Permit): boolean;
  /** Progress events of the installer. False: the permit is not valid. */
  progress(
    credentials: Permit,
    events: readonly ProgressReport[],
    sourceIp: string,
  ): ProgressAnswer | false;
  /** The result, as docs/notify.md describes it. Repeated ones change nothing. False: not valid. */
  notice(credentials: Permit, notice: Notice, sourceIp: string): boolean;
  /** The installed system is up. */
  booted(query: MachineQuery, sourceIp: string): boolean;
  /** Throws a `ParameterError` where it cannot be done. Returns the machines concerned. */
  operate(operation: Operation, actor: string): readonly string[];
  /** Exchanges what is wanted; a set that failed to load only leaves its sentence. */
  reload(fleet: Fleet | { readonly failure: string }): void;
  view(): FleetView;
  machine(name: string): MachineView | undefined;
  events(asked: EventsAsked): readonly FleetEvent[];
  /** Calls back with each event from now on when it is on the disk, in order. */
  onCommitted(listener: (event: FleetEvent) => void): Disposable;
  /**
   * Resolves when everything that was done is on the disk, also after a power cut. Whatever
   * comes in meanwhile shares one write. No answer that rests on it may leave before: a permit that is
   * lost is given twice. Only a machine that is sent to its disk need not wait. Rejects with a
   * `WriteError` if it cannot be written; then none of it has happened.
   */
  settled(): Promise<void>;
  /** Whether every write of the last half minute has succeeded. */
  isWritable(): boolean;
}

/** At most `limit`, oldest first; with `newest`, those at the end instead of the first ones. */
export interface EventsAsked {
  readonly after: number;
  readonly limit: number;
  readonly machine?: string;
  readonly newest?: boolean;
}

/** One event of `--progress json`, as far as the server reads it; see docs/progress.md. */
export interface ProgressReport {
  readonly event: string;
  /** Of `step-begins` and `step-ends`: `plan`, `write`, `configure`, `commit`. */
  readonly step?: string | undefined;
  readonly percent?: number | undefined;
  readonly onDeviceBytesPerS?: number | undefined;
}

export interface ProgressAnswer {
  readonly intervalMs: number;
}

/** As far as the server reads a notice. */
export interface Notice {
  readonly result: 'installed' | 'failed';
  readonly installId?: string | undefined;
  /** The same install id was on the disk already: nothing was written. */
  readonly alreadyInstalled?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly code?: string | undefined;
  readonly diskState?: string | undefined;
  readonly exitCode?: number | undefined;
}
