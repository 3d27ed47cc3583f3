import type { EventsAsked, FleetEvent } from '../happened/fleet-event.ts';
import type { Fleet, LocalBootMethod, Profile, WantedMachine } from '../wanted/fleet.ts';
import type { FleetView, MachineView } from './views.ts';

/** What a loader, an installer or an installed system says of the machine that it runs on. */
export interface MachineQuery {
  readonly mac?: string;
  readonly uuid?: string;
  readonly serial?: string;
}

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
  /**
   * Exchanges what is wanted; a set that failed to load only leaves its sentence. Returns what is odd about
   * it after what has happened, a line each.
   */
  reload(fleet: Fleet | { readonly failure: string }): readonly string[];
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
