import { WriteError } from '../../lib/errors.ts';
import type { EventsAsked, FleetEvent } from './fleet-event.ts';
import { lockDatabase, openDatabase } from './open-database.ts';
import {
  eventOf,
  insertEvent,
  type NewEvent,
  type StoredEvent,
  storedEventOf,
  valuesOf,
} from './stored-event.ts';

/** Requests that are being answered at the moment of a failed write end within it. */
const refusesForMs = 1000;
const isRecentMs = 30_000;

/** What was added since the last turn of the event loop: one transaction. */
interface Turn extends PromiseWithResolvers<void> {
  readonly events: FleetEvent[];
}

/**
 * Everything that happened: events, which are only ever added. What writes goes through it.
 *
 * Whatever is added within one turn of the event loop is one transaction, written by one `fsync`
 * (`synchronous=FULL`; with `NORMAL`, a WAL survives the end of the process, but not that of the
 * power). `settled` waits for that. So the cost of an answer falls as the load rises.
 */
export class EventDatabase implements Disposable {
  readonly #path: string;
  readonly #lock;
  readonly #database;
  readonly #insert;
  #turn: Turn | undefined;
  #failedMs = Number.NEGATIVE_INFINITY;
  /** The newest failure by which something was lost. */
  #loss: { readonly atMs: number; readonly error: WriteError } | undefined;
  /** Nothing is written any more: nobody knows what is in the file. */
  #unreadable: WriteError | undefined;
  #closed = false;
  /** Called when something that was added has been lost: nothing of its turn has happened. */
  onLost: () => void = () => {};
  /** Called with what is on the disk from now on, in order. */
  onCommitted: (events: readonly FleetEvent[]) => void = () => {};

  /** Creates the file if there is none. Throws an `InputError` for one that cannot be used. */
  constructor(path: string) {
    using stack = new DisposableStack();
    this.#path = path;
    this.#lock = stack.use(lockDatabase(path));
    this.#database = openDatabase(path);
    this.#insert = this.#database.prepare(insertEvent);
    stack.move();
  }

  /**
   * The number that the event has from now on. It is safe only when `settled` resolves. Throws for a second
   * after a loss: each one is followed by a reading of all events, while nobody gets an answer.
   */
  append(event: NewEvent): number {
    this.#refuseAfterLoss();
    try {
      const turn = this.#begin();
      const seq = Number(this.#insert.run(...valuesOf(event)).lastInsertRowid);
      const { tokenSha256: _, ...shown } = event;
      turn.events.push({ ...shown, seq });
      return seq;
    } catch (error) {
      throw this.#lost(error);
    }
  }

  /**
   * Resolves when everything that was added is on the disk; rejects if it has been lost. For a second
   * after that it rejects for all: nobody knows any more which answer depends on what was lost.
   */
  async settled(): Promise<void> {
    this.#refuseAfterLoss();
    await this.#turn?.promise;
  }

  /** Whether every write of the last half minute has succeeded. */
  get isWritable(): boolean {
    return !this.#unreadable && performance.now() - this.#failedMs >= isRecentMs;
  }

  /** Does now what would be done at the end of this turn. */
  flush(): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    try {
      this.#database.exec('COMMIT');
    } catch (error) {
      throw this.#lost(error);
    }
    this.#turn = undefined;
    turn.resolve();
    queueMicrotask(() => this.onCommitted(turn.events));
  }

  /** Everything, oldest first. */
  *all(): Generator<StoredEvent> {
    const rows = this.#database.prepare('SELECT * FROM event ORDER BY seq').iterate();
    for (const row of rows) yield storedEventOf(row);
  }

  events({ after, limit, machine, newest = false }: EventsAsked): FleetEvent[] {
    // What is shown has a number that nothing else may ever get, also after a power cut.
    this.flush();
    const ofMachine = machine === undefined ? [] : [machine];
    const rows = this.#database
      .prepare(
        `SELECT * FROM event WHERE seq > ? ${machine === undefined ? '' : 'AND machine = ?'}
         ORDER BY seq ${newest ? 'DESC' : 'ASC'} LIMIT ?`,
      )
      .all(after, ...ofMachine, limit);
    return (newest ? rows.reverse() : rows).map(eventOf);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.flush();
    } finally {
      this.#database.close();
      this.#lock[Symbol.dispose]();
    }
  }

  #refuseAfterLoss(): void {
    if (this.#unreadable) throw this.#unreadable;
    if (this.#loss && performance.now() - this.#loss.atMs < refusesForMs) throw this.#loss.error;
  }

  #begin(): Turn {
    if (this.#turn) return this.#turn;
    this.#database.exec('BEGIN IMMEDIATE');
    this.#turn = { ...Promise.withResolvers<void>(), events: [] };
    this.#turn.promise.catch(() => {}); // Nobody may be waiting for it.
    setImmediate(() => {
      try {
        if (!this.#closed) this.flush();
      } catch {} // Those that wait for it have got the error.
    });
    return this.#turn;
  }

  #lost(cause: unknown): WriteError {
    const turn = this.#turn;
    this.#turn = undefined;
    const next =
      'Nothing is permitted until it can be written: make room on that file system, or stop what locks it.';
    const error = this.#failure(cause, 'write to', next);
    this.#failedMs = performance.now();
    // Before anything else can fail: somebody waits for the turn.
    turn?.reject(error);
    try {
      // SQLite has rolled back by itself after some errors.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch {} // The next write says so.
    // Before the first event of a turn there is nothing that could be lost.
    if (turn === undefined) return error;
    this.#loss = { atMs: this.#failedMs, error };
    try {
      this.onLost();
    } catch (unread) {
      this.#unreadable = this.#failure(unread, 'read', 'Look at its disk, and restart the server.');
    }
    return error;
  }

  #failure(cause: unknown, what: 'read' | 'write to', next: string): WriteError {
    const why = (cause as Error).message;
    const failed = `Cannot ${what} ${this.#path}`;
    return new WriteError({ code: 'database-not-writable', failed, why, next }, { cause });
  }
}
