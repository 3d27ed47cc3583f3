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
  /** As in machines.csv; of a machine that has none there, the one with which it has asked last. */
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
