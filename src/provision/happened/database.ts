import { chmodSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { InputError, WriteError } from '../../lib/errors.ts';
import type { FleetEvent } from '../model.ts';
import { applicationId, migrations } from './migrations.ts';
import {
  eventOf,
  type NewEvent,
  type StoredEvent,
  storedEventOf,
  valuesOf,
} from './stored-event.ts';

/** Requests that are being answered at the moment of a failed write end within it. */
const refusesForMs = 1000;
/** Somebody may look into it with another program; while it waits, nobody gets an answer. */
const locksForMs = 50;
const isRecentMs = 30_000;

/**
 * The file with everything that happened: events, which are only ever added. The one file that uses
 * SQLite, and through it the one that writes.
 *
 * Whatever is added within one turn of the event loop is one transaction, written by one `fsync`
 * (`synchronous=FULL`; with `NORMAL`, a WAL survives the end of the process, but not that of the
 * power). `settled` waits for that. So the cost of an answer falls as the load rises.
 */
export class EventDatabase implements Disposable {
  readonly #path: string;
  readonly #database: DatabaseSync;
  /** Held for as long as the process lives: the kernel drops it after `kill -9`. */
  readonly #lock: DatabaseSync;
  readonly #insert;
  readonly #insertToken;
  #open:
    | { readonly settled: Promise<void>; readonly settle: (error?: WriteError) => void }
    | undefined;
  #failed: { readonly atMs: number; readonly error: WriteError } | undefined;
  #failedMs = Number.NEGATIVE_INFINITY;
  /** Nothing is written any more: nobody knows what is in the file. */
  #unreadable: WriteError | undefined;
  #closed = false;
  /** Called when something that was added has been lost: nothing of its turn has happened. */
  onLost: () => void = () => {};

  /** Creates the file if there is none. Throws an `InputError` for one that cannot be used. */
  constructor(path: string) {
    this.#path = path;
    this.#lock = lockFor(path);
    try {
      this.#database = openDatabase(path);
    } catch (error) {
      this.#lock.close();
      throw error;
    }
    this.#insert = this.#database.prepare(
      'INSERT INTO event (at_ms, machine, install, kind, actor, source_ip, data) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#insertToken = this.#database.prepare('INSERT INTO token (seq, sha256) VALUES (?, ?)');
  }

  /** The number that the event has from now on. It is safe only when `settled` resolves. */
  append(event: NewEvent): number {
    if (this.#unreadable) throw this.#unreadable;
    try {
      this.#begin();
      const seq = Number(this.#insert.run(...valuesOf(event)).lastInsertRowid);
      if (event.tokenSha256) this.#insertToken.run(seq, event.tokenSha256);
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
    if (this.#failed && performance.now() - this.#failed.atMs < refusesForMs)
      throw this.#failed.error;
    if (this.#unreadable) throw this.#unreadable;
    await this.#open?.settled;
  }

  /** Whether every write of the last half minute has succeeded. */
  get isWritable(): boolean {
    return !this.#unreadable && performance.now() - this.#failedMs > isRecentMs;
  }

  /** Does now what would be done at the end of this turn. */
  flush(): void {
    if (this.#open === undefined) return;
    try {
      this.#database.exec('COMMIT');
    } catch (error) {
      throw this.#lost(error);
    }
    this.#settle();
  }

  /** Everything, oldest first. */
  *all(): Generator<StoredEvent> {
    const rows = this.#database
      .prepare('SELECT event.*, sha256 FROM event LEFT JOIN token USING (seq) ORDER BY seq')
      .iterate();
    for (const row of rows) yield storedEventOf(row);
  }

  /** At most `limit` after a number, oldest first; with `newest`, the newest of them. */
  events(asked: {
    readonly after: number;
    readonly limit: number;
    readonly machine?: string;
    readonly newest?: boolean;
  }): FleetEvent[] {
    // What is shown has a number that nothing else may ever get, also after a power cut.
    this.flush();
    const { after, limit, machine, newest = false } = asked;
    const values: SQLInputValue[] = [after, ...(machine === undefined ? [] : [machine]), limit];
    const rows = this.#database
      .prepare(
        `SELECT * FROM event WHERE seq > ? ${machine === undefined ? '' : 'AND machine = ?'}
         ORDER BY seq ${newest ? 'DESC' : 'ASC'} LIMIT ?`,
      )
      .all(...values);
    return (newest ? rows.reverse() : rows).map(eventOf);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.flush();
    } finally {
      this.#database.close();
      this.#lock.close();
    }
  }

  #begin(): void {
    if (this.#open) return;
    this.#database.exec('BEGIN IMMEDIATE');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {}); // Nobody may be waiting for it.
    this.#open = { settled: promise, settle: (error) => (error ? reject(error) : resolve()) };
    setImmediate(() => {
      try {
        if (!this.#closed) this.flush();
      } catch {} // Those that wait for it have got the error.
    });
  }

  #settle(error?: WriteError): void {
    const open = this.#open;
    this.#open = undefined;
    open?.settle(error);
  }

  #lost(cause: unknown): WriteError {
    this.#failedMs = performance.now();
    // SQLite has rolled back by itself after some errors.
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    const next =
      'Nothing is permitted until it can be written: make room on that file system, or stop what locks it.';
    const error = this.#failure(cause, 'write to', next);
    // Before the first event of a turn there is nothing that could be lost.
    if (this.#open === undefined) return error;
    this.#failed = { atMs: this.#failedMs, error };
    this.#settle(error);
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

/** A second server on one database would give the same permits again. */
function lockFor(path: string): DatabaseSync {
  const lock = openPrivate(`${path}.lock`, 0);
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    throw unusable(path, 'another coreos-provision uses it', 'Stop that one first.', cause);
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = openPrivate(path, 1000);
  try {
    judge(database, path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    migrate(database);
    database.exec(`PRAGMA busy_timeout = ${locksForMs}`);
    return database;
  } catch (error) {
    database.close();
    if (error instanceof InputError) throw error;
    // SQLITE_CORRUPT, SQLITE_NOTADB; https://sqlite.org/rescode.html
    if ([11, 26].includes((error as { errcode?: number }).errcode ?? 0)) throw damaged(path, error);
    throw unusable(path, (error as Error).message, 'Look at the space on that file system.', error);
  }
}

/** SQLite gives its other files, -wal and -shm, the mode of the first. */
function openPrivate(path: string, timeoutMs: number): DatabaseSync {
  try {
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    // SQLite does so for its other files: a name that is lost is a file that is lost.
    const directory = openSync(dirname(path), 'r');
    fsyncSync(directory);
    closeSync(directory);
    return new DatabaseSync(path, { timeout: timeoutMs });
  } catch (cause) {
    const next = 'Make sure that its directory exists, and belongs to the user of the server.';
    throw unusable(path, (cause as Error).message, next, cause);
  }
}

function judge(database: DatabaseSync, path: string): void {
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const fault = pragma('quick_check(1)');
  if (fault !== 'ok') throw damaged(path, new Error(String(fault)));
  const version = Number(pragma('user_version'));
  const empty = Number(pragma('schema_version')) === 0;
  if (!empty && pragma('application_id') !== applicationId) {
    const next = 'Move it away, or give another directory.';
    throw unusable(path, 'it is the database of another program', next);
  }
  if (version > migrations.length) {
    const next = 'Install that version, or restore a backup that was made before the upgrade.';
    throw unusable(path, 'a newer version of coreos-provision has written it', next);
  }
}

function migrate(database: DatabaseSync): void {
  const from = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  for (const [index, sql] of migrations.entries()) {
    if (index < from) continue;
    database.exec(`BEGIN EXCLUSIVE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

function damaged(path: string, cause: unknown): InputError {
  return unusable(
    path,
    `it is damaged (${(cause as Error).message})`,
    `Restore a backup; or move it away together with ${path}-wal and ${path}-shm, and start again: every machine is then held until you adopt or release it.`,
    cause,
  );
}

function unusable(path: string, why: string, next: string, cause?: unknown): InputError {
  return new InputError(
    { code: 'database-unusable', failed: `Cannot use ${path}`, why, next },
    { cause },
  );
}
