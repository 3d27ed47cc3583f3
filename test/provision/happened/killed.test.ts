import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { EventDatabase } from '../../../src/provision/happened/database.ts';
import { ownDirectory } from '../../support/control-at.ts';
import { lacks } from '../../support/needs.ts';

const program = join(import.meta.dirname, '../../support/append-events.ts');

/** Adds events until it is killed, some time after so many turns; resolves with what it acknowledged. */
async function appendAndKill(
  path: string,
  { turns = 1, afterMs = 0, wrapper = [] as readonly string[] },
) {
  const [file = '', ...args] = [...wrapper, process.execPath, program, path];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  while (printed.split('\n').length <= turns) await once(child.stdout, 'data');
  await setTimeout(afterMs);
  // With the program that a wrapper has started.
  process.kill(-(child.pid as number), 'SIGKILL');
  await once(child, 'close');
  // The last line may have been cut.
  return printed.split('\n').slice(0, -1).map(Number);
}

test('nothing that was acknowledged is lost when the process is killed', async () => {
  const path = join(ownDirectory(), 'fleet.db');
  const acknowledged: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    acknowledged.push(...(await appendAndKill(path, { afterMs: Math.random() * 120 })));
    using database = new EventDatabase(path);
    const stored = [...database.all()];
    const kept = new Set(stored.map(({ seq }) => seq));
    expect(acknowledged.filter((seq) => !kept.has(seq))).toEqual([]);
    expect(stored.every(({ tokenSha256 }) => tokenSha256?.length === 32)).toBe(true);
  }
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
});

test.skipIf(lacks('strace'))('the disk has it before it is acknowledged', async () => {
  const directory = ownDirectory();
  const path = join(directory, 'fleet.db');
  const log = join(directory, 'calls');
  const wrapper = ['strace', '-f', '-y', '-e', 'trace=fsync,fdatasync,write,pwrite64', '-o', log];
  await appendAndKill(path, { turns: 30, wrapper });
  let unsynced = 0;
  let acknowledgements = 0;
  for (const call of readFileSync(log, 'utf8').split('\n')) {
    if (/pwrite64\(\d+<[^>]*fleet.db-wal>/.test(call)) unsynced += 1;
    if (/(fsync|fdatasync)\(\d+<[^>]*fleet.db-wal>/.test(call)) unsynced = 0;
    if (!/ write\(1</.test(call)) continue;
    acknowledgements += 1;
    expect(unsynced, call).toBe(0);
  }
  expect(acknowledgements).toBeGreaterThan(5);
});
