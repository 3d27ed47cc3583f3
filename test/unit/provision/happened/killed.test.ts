import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { EventDatabase } from '../../../../src/provision/happened/database.ts';
import { ownDirectory } from '../../../support/control-at.ts';

const program = join(import.meta.dirname, '../../../support/append-events.ts');

test('nothing that was acknowledged is lost when the process is killed', async () => {
  const path = join(ownDirectory(), 'fleet.db');
  const acknowledged: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const child = spawn(process.execPath, [program, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    await once(child.stdout, 'data');
    await setTimeout(Math.random() * 120);
    child.kill('SIGKILL');
    await once(child, 'close');
    // The last line may have been cut.
    acknowledged.push(...printed.split('\n').slice(0, -1).map(Number));

    using database = new EventDatabase(path);
    const stored = [...database.all()];
    const kept = new Set(stored.map(({ seq }) => seq));
    expect(acknowledged.filter((seq) => !kept.has(seq))).toEqual([]);
    expect(stored.every(({ tokenSha256 }) => tokenSha256?.length === 32)).toBe(true);
  }
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
});
