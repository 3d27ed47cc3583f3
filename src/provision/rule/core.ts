import { WriteError } from '../../lib/errors.ts';
import { EventDatabase } from '../happened/database.ts';
import type { FleetEvent } from '../happened/fleet-event.ts';
import type { NewEvent } from '../happened/stored-event.ts';
import type { Fleet, Profile, WantedMachine } from '../wanted/fleet.ts';
import { maxAttempts } from './decide.ts';
import { History } from './history.ts';
import { Identities } from './identify.ts';
import { hasBegun, heldBecause } from './past.ts';
import { raisedInVain } from './raised-in-vain.ts';
import { Strangers } from './strangers.ts';
import { tokenLivesMs } from './tokens.ts';
import { Canaries, Queue } from './waves.ts';

export interface ControlOptions {
  /** Path of the database; is created if there is none. */
  readonly database: string;
  readonly fleet: Fleet;
  /** Wall clock, in ms; for tests. */
  readonly now?: () => number;
  /** In ms; no step of the wall clock changes it. Default: the system’s, or `now` where that is given. */
  readonly monotonic?: () => number;
  /** After so long without a report an attempt has failed, and its slot is free. Default: 15 min. */
  readonly silenceMs?: number;
}

/** What only the memory knows of a permit: the token, while it may have to be repeated. */
export interface Flight {
  readonly id: string;
  readonly token: string;
  /** Of the monotonic clock. */
  readonly mintedMs: number;
  /** With its config as it was when the digest of it was given to the loader. */
  readonly machine: WantedMachine;
  readonly profile: Profile;
}

type Happened = Omit<NewEvent, 'atMs' | 'data'> & { readonly data?: FleetEvent['data'] };

/** Repeated events of one kind about one machine are stored once an hour: nobody can fill the disk. */
const repeatedEveryMs = 3_600_000;

const endsWaiting = /^(permitted|installed|adopted|held|clash)$/;

/** What all parts of the rule share: the past, the wish, who waits, and the one way to write. */
export class Core {
  readonly database: EventDatabase;
  readonly now: () => number;
  readonly monotonic: () => number;
  history = new History();
  queue = new Queue();
  fleet: Fleet;
  identities!: Identities;
  canaries!: Canaries;
  loadFailure?: string;
  readonly strangers = new Strangers();
  readonly flights = new Map<string, Flight>();
  /** Rises with every change. */
  version = 0;
  readonly #silenceMs: number;
  readonly #startedMs: number;
  /** When the holder of a machine’s newest permit was heard of last, by the monotonic clock. */
  readonly #signs = new Map<string, number>();
  readonly #stored = new Map<string, number>();
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor({ database, fleet, now, monotonic = now, silenceMs = 900_000 }: ControlOptions) {
    this.now = now ?? Date.now;
    this.monotonic = monotonic ?? (() => performance.now());
    this.#startedMs = this.monotonic();
    this.#silenceMs = silenceMs;
    this.fleet = fleet;
    this.database = new EventDatabase(database);
    this.database.onLost = () => this.#read();
    this.#read();
  }

  /** The past from the file: at the start, and after a failed write of what never happened. */
  #read(): void {
    // Half of the past would be without the holds and installations of the other half.
    const history = new History();
    for (const event of this.database.all()) history.add(event);
    this.history = history;
    this.queue = new Queue();
    for (const name of history.waiting()) this.queue.ask(name, this.monotonic());
    this.#setFleet(this.fleet);
  }

  /** Nothing of it is lost where it cannot be written. Returns warnings, a line each. */
  reload(read: Fleet | { readonly failure: string }): readonly string[] {
    const about = { actor: 'server' };
    const warnings = 'failure' in read ? [] : raisedInVain(this.fleet, read, this.history);
    if ('failure' in read) {
      this.loadFailure = read.failure;
      const data = { why: read.failure };
      this.ifWritable(() => this.record({ kind: 'load-failed', ...about, data }));
    } else {
      delete this.loadFailure;
      this.#setFleet(read);
      const data = { machines: read.machines.size };
      this.ifWritable(() => this.record({ kind: 'loaded', ...about, data }));
    }
    this.version += 1;
    return warnings;
  }

  #setFleet(fleet: Fleet): void {
    this.fleet = fleet;
    this.identities = new Identities(fleet.machines.values());
    this.canaries = new Canaries(fleet, this.history);
    this.strangers.drop(({ query }) => this.identities.find(query).kind === 'machine');
    this.version += 1;
  }

  record(happened: Happened): void {
    const event = { data: {}, ...happened, atMs: this.now() };
    this.#add({ ...event, seq: this.database.append(event) });
  }

  /**
   * The same, but an event that is no news is stored only if the last one of its kind about its
   * machine was stored long ago. A restart forgets what was not stored.
   */
  recordSometimes(
    happened: Happened & { readonly machine: string },
    isNews = false,
    everyMs = repeatedEveryMs,
  ): void {
    const key = `${happened.kind} ${happened.machine}`;
    const nowMs = this.monotonic();
    const isDue = nowMs - (this.#stored.get(key) ?? Number.NEGATIVE_INFINITY) >= everyMs;
    if (isNews) this.record(happened);
    else if (isDue) {
      this.record(happened);
      this.#stored.set(key, nowMs);
    } else this.#add({ data: {}, ...happened, atMs: this.now(), seq: this.history.lastSeq });
  }

  #add(event: Parameters<History['add']>[0]): void {
    this.history.add(event);
    if (event.machine !== undefined && endsWaiting.test(event.kind))
      this.queue.leave(event.machine);
    this.version += 1;
  }

  /** For what may be lost: an answer that does not rest on it is given also where nothing can be written. */
  ifWritable(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof WriteError)) throw error;
    }
  }

  profileOf(machine: WantedMachine): Profile {
    const profile = this.fleet.profiles.get(machine.profile);
    if (profile === undefined) throw new Error(`no profile ${machine.profile}`);
    return profile;
  }

  /** An attempt has failed. After too many of them the machine is held; after too many machines, all. */
  fail(name: string, how: Pick<FleetEvent, 'install' | 'actor' | 'sourceIp' | 'data'>): void {
    this.record({ kind: 'failed', machine: name, ...how });
    const past = this.history.of(name);
    if (past.attempts >= maxAttempts && heldBecause(past) === undefined) {
      const data = {
        why: `It has had ${maxAttempts} attempts. ${how.data['reason']}`,
        attempts: true,
      };
      this.record({ kind: 'held', machine: name, actor: 'server', data });
    }
    const why = this.history.tooManyFailures(this.fleet.settings.stopWhen);
    if (why !== undefined && this.history.fleet.gateClosed === undefined)
      this.record({ kind: 'gate-closed', actor: 'server', data: { why } });
  }

  /** It has failed without saying so. */
  failSilently(name: string, reason: string): void {
    const install = this.history.of(name).permits[0]?.id ?? '';
    this.fail(name, { install, actor: 'server', data: { reason, silent: true } });
  }

  heard(name: string): void {
    this.#signs.set(name, this.monotonic());
  }

  /** How long nothing was heard from the holder of a permit. While the server was down nobody could report. */
  silentMs(name: string): number {
    return this.quietMs(name) ?? this.monotonic() - this.#startedMs;
  }

  /** The same; undefined for one that was not heard of since the server was started. */
  quietMs(name: string): number | undefined {
    const sign = this.#signs.get(name);
    return sign === undefined ? undefined : this.monotonic() - sign;
  }

  /** What follows from time alone; cheap enough for every request. */
  sweep(): void {
    const nowMs = this.monotonic();
    if (nowMs - this.#sweptMs < 1000) return;
    this.#sweptMs = nowMs;
    if (this.queue.forget(nowMs)) this.version += 1;
    if (this.strangers.forget(this.now())) this.version += 1;
    // Nobody has asked for it; it is tried again.
    this.ifWritable(() => this.#failSilent());
    for (const [key, atMs] of this.#stored)
      if (nowMs - atMs >= repeatedEveryMs) this.#stored.delete(key);
    // Each keeps the set of files that it was made from.
    for (const [name, flight] of this.flights)
      if (this.#isOver(name, flight)) this.flights.delete(name);
  }

  /** Its token opens nothing any more. */
  #isOver(name: string, { mintedMs }: Flight): boolean {
    const usedMs = Math.max(mintedMs, this.#signs.get(name) ?? mintedMs);
    const isClosed = this.history.of(name).permits[0]?.closed === true;
    return isClosed || this.monotonic() - usedMs > tokenLivesMs;
  }

  #failSilent(): void {
    const minutes = Math.round(this.#silenceMs / 60_000);
    for (const name of [...this.history.active]) {
      if (this.silentMs(name) <= this.#silenceMs) continue;
      const reason = hasBegun(this.history.of(name))
        ? `Nothing was heard of the installation for ${minutes} minutes.`
        : `It got its boot script, and no installer has begun within ${minutes} minutes.`;
      this.failSilently(name, reason);
    }
  }
}
