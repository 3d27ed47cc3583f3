import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { EventDatabase } from '../../../../src/provision/happened/database.ts';
import { migrations } from '../../../../src/provision/happened/migrations.ts';
import type { NewEvent } from '../../../../src/provision/happened/stored-event.ts';
import { ownDirectory } from '../../../support/control-at.ts';

const event = (changes: Partial<NewEvent> = {}): NewEvent => ({
  atMs: 1,
  kind: 'seen',
  actor: 'machine',
  data: {},
  ...changes,
});

const newPath = () => join(ownDirectory(), 'fleet.db');

test('events come back as they were, over a restart', async () => {
  const path = newPath();
  const tokenSha256 = Buffer.alloc(32, 7);
  const whole = event({
    machine: 'a',
    install: 'i',
    sourceIp: '192.0.2.1',
    data: { ä: [1] },
    tokenSha256,
  });
  {
    using database = new EventDatabase(path);
    expect(database.append(whole)).toBe(1);
    expect(database.append(event())).toBe(2);
    await database.settled();
  }
  using database = new EventDatabase(path);
  expect([...database.all()]).toEqual([
    { seq: 1, ...whole },
    { seq: 2, ...event() },
  ]);
  const { tokenSha256: _, ...shown } = whole;
  expect(database.events({ after: 0, limit: 1 })).toEqual([{ seq: 1, ...shown }]);
  expect(database.append(event())).toBe(3);
});

test('the digest of a config, which older servers stored, is not shown', () => {
  using database = new EventDatabase(newPath());
  const data = { generation: 1, config: 'f'.repeat(128) };
  database.append(event({ kind: 'permitted', data }));
  expect(database.events({ after: 0, limit: 1 })[0]?.data).toEqual({ generation: 1 });
});

test('events of a machine, from the beginning or the newest', () => {
  using database = new EventDatabase(newPath());
  for (const machine of ['a', 'b', 'a', 'b', 'a']) database.append(event({ machine }));
  const seqs = (asked: Parameters<typeof database.events>[0]) =>
    database.events(asked).map(({ seq }) => seq);
  expect(seqs({ after: 0, limit: 2, machine: 'a' })).toEqual([1, 3]);
  expect(seqs({ after: 1, limit: 9, machine: 'a' })).toEqual([3, 5]);
  expect(seqs({ after: 0, limit: 2, machine: 'a', newest: true })).toEqual([3, 5]);
  expect(seqs({ after: 3, limit: 9 })).toEqual([4, 5]);
});

test('nothing that is stored can be changed, whoever opens the file', () => {
  const path = newPath();
  {
    using database = new EventDatabase(path);
    database.append(event({ tokenSha256: Buffer.alloc(32) }));
  }
  using other = new DatabaseSync(path);
  for (const sql of [
    "UPDATE event SET actor = 'nobody'",
    'DELETE FROM event',
    "INSERT OR REPLACE INTO event VALUES (1, 1, NULL, NULL, 'seen', 'x', NULL, '{}', NULL)",
    'UPDATE event SET token_sha256 = zeroblob(32)',
  ])
    expect(() => other.exec(sql), sql).toThrow(/never/);
});

test('only its owner can read it, whatever it was', () => {
  const path = newPath();
  writeFileSync(path, '');
  chmodSync(path, 0o644);
  using database = new EventDatabase(path);
  database.append(event());
  database.flush();
  for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}.lock`])
    expect(statSync(file).mode & 0o777, file).toBe(0o600);
});

test('what was settled is in the file for others, and synchronised at each commit', async () => {
  const path = newPath();
  using database = new EventDatabase(path);
  using other = new DatabaseSync(path, { readOnly: true });
  const count = () => other.prepare('SELECT count(*) AS n FROM event').get()?.['n'];
  database.append(event());
  database.append(event());
  expect(count()).toBe(0);
  await database.settled();
  expect(count()).toBe(2);
  await database.settled();
});

test('a second server is refused', () => {
  const path = newPath();
  using _ = new EventDatabase(path);
  expect(() => new EventDatabase(path)).toThrow(/another coreos-provision uses it/);
});

test('a failed write is told, takes all of its turn back, and after a second the next one works', async () => {
  const path = newPath();
  using database = new EventDatabase(path);
  let lost = 0;
  database.onLost = () => (lost += 1);
  database.append(event());
  const settled = database.settled();
  expect(() => database.append(event({ tokenSha256: Buffer.alloc(5) }))).toThrow(
    /Cannot write to .*CHECK/,
  );
  await expect(settled).rejects.toMatchObject({ failure: { code: 'database-not-writable' } });
  expect(lost).toBe(1);
  expect([...database.all()]).toEqual([]);
  // An answer that depends on what was lost may still be on its way.
  await expect(database.settled()).rejects.toThrow();
  // Each loss costs a reading of everything, and the next write would be lost as well.
  expect(() => database.append(event())).toThrow(/Cannot write to .*CHECK/);
  expect(lost).toBe(1);
  await vi.waitFor(() => database.append(event()), { timeout: 3000 });
  await database.settled();
  expect([...database.all()]).toHaveLength(1);
});

test('where nothing was lost, what is settled stays so: somebody else has the file for a moment', async () => {
  const path = newPath();
  using database = new EventDatabase(path);
  database.append(event());
  await database.settled();
  {
    using other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    expect(() => database.append(event())).toThrow(/Cannot write to .*locked/);
    await database.settled();
    expect(database.isWritable).toBe(false);
  }
  expect(database.append(event())).toBe(2);
  await database.settled();
});

test('who listens hears of events that are on the disk, in order, and of none that is lost', async () => {
  using database = new EventDatabase(newPath());
  const heard: object[] = [];
  database.onCommitted = (events) => heard.push(...events);
  const token = { tokenSha256: Buffer.alloc(32) };
  for (const machine of ['a', 'b']) database.append(event({ machine, ...token }));
  expect(heard).toEqual([]);
  await database.settled();
  await setImmediate();
  expect(heard).toEqual([
    { seq: 1, ...event({ machine: 'a' }) },
    { seq: 2, ...event({ machine: 'b' }) },
  ]);
  database.append(event());
  expect(() => database.append(event({ tokenSha256: Buffer.alloc(5) }))).toThrow(/CHECK/);
  await setImmediate();
  expect(heard).toHaveLength(2);
});

test('one of a newer version, of another program, or a damaged one is left alone', () => {
  const newer = newPath();
  {
    using _ = new EventDatabase(newer);
  }
  {
    using other = new DatabaseSync(newer);
    other.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  }
  expect(() => new EventDatabase(newer)).toThrow(/a newer version .* has written it/);

  const foreign = newPath();
  {
    using other = new DatabaseSync(foreign);
    other.exec('CREATE TABLE t (x)');
  }
  expect(() => new EventDatabase(foreign)).toThrow(/another program/);

  const noDatabase = newPath();
  writeFileSync(noDatabase, 'x'.repeat(10_000));
  expect(() => new EventDatabase(noDatabase)).toThrow(/is damaged .*move it away/);

  const damaged = newPath();
  {
    using database = new EventDatabase(damaged);
    for (let n = 0; n < 2000; n += 1) database.append(event({ machine: `m${n}` }));
  }
  const bytes = readFileSync(damaged);
  bytes.fill(0xff, 3 * 4096 + 7, 12 * 4096);
  writeFileSync(damaged, bytes);
  expect(() => new EventDatabase(damaged)).toThrow(
    expect.objectContaining({ failure: expect.objectContaining({ code: 'database-unusable' }) }),
  );
  expect(readFileSync(damaged).equals(bytes)).toBe(true);
});

test('a directory that is missing is named', () => {
  expect(() => new EventDatabase('/nonexistent/fleet.db')).toThrow(
    /Cannot use \/nonexistent\/fleet.db.*ENOENT.*Make sure that its directory exists/,
  );
});
