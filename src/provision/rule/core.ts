import { WriteError } from '../../lib/errors.ts';
import { EventDatabase } from '../happened/database.ts';
import type { NewEvent } from '../happened/stored-event.ts';
import type { Fleet, FleetEvent, WantedMachine } from '../model.ts';
import { maxAttempts } from './decide.ts';
import { History } from './history.ts';
import { Identities } from './identify.ts';
import { heldBecause, type Permitted } from './past.ts';
import { Canaries, Queue } from './waves.ts';

export interface ControlOptions {
  /** Path of the database; is created if there is none. */
  readonly database: string;
  readonly fleet: Fleet;
  /** Wall clock, in ms; for tests. */
  readonly now?: () => number;
  /** In ms; no step of the wall clock changes it. Default: the system’s, or `now` where that is given. */
  readonly monotonic?: () => number;
  readonly random?: (sizeBytes: number) => Buffer;
  /** After so long without a report an attempt has failed, and its slot is free. Default: 15 min. */
  readonly silenceMs?: number;
}

/** Repeated events of one kind about one machine are kept once an hour: nobody can fill the disk. */
const repeatedEveryMs = 3_600_000;

const endsWaiting = /^(permitted|installed|adopted|held|clash)$/;

/** What all parts of the rule share: the past, the wish, who waits, and the one way to write. */
export class Core {
  readonly database: EventDatabase;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly #silenceMs: number;
  history = new History();
  queue = new Queue();
  fleet: Fleet;
  identities!: Identities;
  canaries!: Canaries;
  loadFailure?: string;
  readonly #repeated = new Map<string, number>();
  /** While the server was down nobody could report; nor is a step of the clock, or a suspended server, silence. */
  #heardAgainMs: number;
  #clockOffsetMs: number;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor({ database, fleet, now, monotonic = now, silenceMs = 900_000 }: ControlOptions) {
    this.now = now ?? Date.now;
    this.monotonic = monotonic ?? (() => performance.now());
    this.#heardAgainMs = this.now();
    this.#clockOffsetMs = this.now() - this.monotonic();
    this.#silenceMs = silenceMs;
    this.fleet = fleet;
    this.database = new EventDatabase(database);
    this.database.onLost = () => this.#read();
    this.#read();
  }

  setFleet(fleet: Fleet): void {
    this.fleet = fleet;
    this.identities = new Identities(fleet.machines.values());
    this.canaries = new Canaries(fleet, this.history);
    for (const name of fleet.machines.keys()) this.history.changed.add(name);
  }

  /** The past from the file: at the start, and after a failed write of what never happened. */
  #read(): void {
    // Half of the past would be without the holds and installations of the other half.
    const history = new History();
    for (const event of this.database.all()) history.add(event);
    this.history = history;
    this.queue = new Queue();
    for (const name of this.history.waiting()) this.queue.ask(name, this.monotonic());
    this.setFleet(this.fleet);
  }

  record(event: Omit<NewEvent, 'atMs' | 'data'> & { readonly data?: FleetEvent['data'] }): void {
    const stored = { data: {}, ...event, atMs: this.now() };
    const seq = this.database.append(stored);
    this.history.add({ ...stored, seq });
    if (endsWaiting.test(event.kind) && event.machine !== undefined)
      this.queue.leave(event.machine);
  }

  /** For what may be lost: an answer that does not rest on it is given also where nothing can be written. */
  ifWritable(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof WriteError)) throw error;
    }
  }

  /** The same, unless it was recorded of this machine a short time ago. */
  recordSometimes(
    event: Parameters<Core['record']>[0] & { readonly machine: string },
    everyMs = repeatedEveryMs,
  ): void {
    const key = `${event.kind} ${event.machine}`;
    const lastMs = this.#repeated.get(key);
    if (lastMs !== undefined && this.monotonic() - lastMs < everyMs) return;
    this.record(event);
    this.#repeated.set(key, this.monotonic());
  }

  /** What the files or `reinstall` ask for: the higher one, so that saying it twice is saying it once. */
  generationOf(machine: WantedMachine): number {
    return Math.max(machine.generation, this.history.of(machine.name).reinstallTo);
  }

  /** An attempt has failed, by notice or by silence. */
  fail(name: string, install: string, actor: string, data: FleetEvent['data'], ip?: string): void {
    const source = ip === undefined ? {} : { sourceIp: ip };
    this.record({ kind: 'failed', machine: name, install, actor, data, ...source });
    const past = this.history.of(name);
    if (past.attempts.count >= maxAttempts && heldBecause(past) === undefined) this.giveUp(name);
    const why = this.history.tooManyFailures(this.fleet.settings.stopWhen);
    if (why !== undefined && this.history.fleet.gateClosed === undefined)
      this.record({ kind: 'gate-closed', actor: 'server', data: { why } });
  }

  giveUp(name: string): void {
    const { failure } = this.history.of(name);
    const why = `It has had ${maxAttempts} attempts. ${failure?.reason ?? 'No attempt has reported its end.'}`;
    this.record({ kind: 'held', machine: name, actor: 'server', data: { why, attempts: true } });
  }

  /** What follows from time alone; cheap enough for every request. */
  sweep(): void {
    const nowMs = this.monotonic();
    const offsetMs = this.now() - nowMs;
    if (Math.abs(offsetMs - this.#clockOffsetMs) > 1000) this.#heardAgainMs = this.now();
    this.#clockOffsetMs = offsetMs;
    if (nowMs - this.#sweptMs < 1000) return;
    this.#sweptMs = nowMs;
    for (const name of this.queue.forget(nowMs)) this.history.changed.add(name);
    // Nobody has asked for it; it is tried again.
    this.ifWritable(() => this.#failSilent());
    for (const [key, atMs] of this.#repeated)
      if (nowMs - atMs >= repeatedEveryMs) this.#repeated.delete(key);
  }

  #failSilent(): void {
    const minutes = Math.round(this.#silenceMs / 60_000);
    const reason = `Nothing was heard of the installation for ${minutes} minutes.`;
    for (const name of [...this.history.active]) {
      const { permit } = this.history.of(name);
      if (permit && this.silentMs(permit) > this.#silenceMs)
        this.fail(name, permit.id, 'server', { reason, silent: true });
    }
  }

  /** How long nothing was heard from the holder of a permit. */
  silentMs({ atMs, used }: Permitted): number {
    const nowMs = this.now();
    // One that is in the future was stored before the clock was set back.
    const heard = [atMs, used?.atMs ?? 0].filter((ms) => ms <= nowMs);
    return nowMs - Math.max(this.#heardAgainMs, ...heard);
  }
}
