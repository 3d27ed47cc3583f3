import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';
import { makeFleet } from '../../support/fleet-directory.ts';
import { provision, runningServer } from '../../support/running-server.ts';

test('status --watch shows the fleet again when it has changed, and ends when nobody reads it', async () => {
  using fleet = makeFleet();
  await using _ = await runningServer(fleet.path);
  const at = ['--dir', fleet.path];
  const program = [join(root, 'src/provision/provision-main.ts'), 'status', '--watch', ...at];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const ended = once(child, 'close');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const until = async (wanted: string) => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`It ended before “${wanted}”.`);
        if (value === wanted) return;
      }
    };
    await until('1 machine: 1 ready');
    await provision('hold', 'n1', ...at);
    await until('1 machine: 1 held');
    child.stdout.destroy();
    await provision('release', 'n1', ...at);
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
