import { chmodSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InputError } from '../../lib/errors.ts';
import { applicationId, migrations } from './migrations.ts';

/** Somebody may look into it with another program; while it waits, nobody gets an answer. */
const locksForMs = 50;

/** What holds the file `.lock` for as long as the process lives: the kernel drops it after `kill -9`. */
export function lockDatabase(path: string): Disposable {
  const lock = openPrivate(`${path}.lock`, 0);
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return { [Symbol.dispose]: () => lock.close() };
  } catch (cause) {
    lock.close();
    // A second server on one database would give the same permits again.
    throw unusable(path, 'another coreos-provision uses it', 'Stop that one first.', cause);
  }
}

/** Creates the file if there is none. Throws an `InputError` for one that cannot be used. */
export function openDatabase(path: string): DatabaseSync {
  const database = openPrivate(path, 1000);
  try {
    judge(database, path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
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
  const empty = Number(pragma('schema_version')) === 0;
  if (!empty && pragma('application_id') !== applicationId) {
    const next = 'Move it away, or give another directory.';
    throw unusable(path, 'it is the database of another program', next);
  }
  if (Number(pragma('user_version')) > migrations.length) {
    const next = 'Install that version, or restore a backup that was made before the upgrade.';
    throw unusable(path, 'a newer version of coreos-provision has written it', next);
  }
}

function migrate(database: DatabaseSync): void {
  const from = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  for (const [index, sql] of migrations.entries())
    if (index >= from)
      database.exec(`BEGIN EXCLUSIVE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`);
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
