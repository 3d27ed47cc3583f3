import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { fixture } from '../../support/fixture.ts';
import { runInstaller } from '../../support/installer.ts';

const receiver = join(import.meta.dirname, '../../support/notify-socket.py');

/** Runs with a notification socket, as a service of systemd does; returns what it was told. */
async function statuses(args: readonly string[]): Promise<{ said: string[]; exitCode?: number }> {
  const directory = await mkdtemp('/var/tmp/coreos-installer-notify-');
  const path = join(directory, 'socket');
  const child = spawn('python3', [receiver, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const said: string[] = [];
    const lines = createInterface(child.stdout);
    await once(lines, 'line');
    lines.on('line', (line) => said.push(line));
    const { exitCode = -1 } = await runInstaller({
      args,
      wrapper: ['env', `NOTIFY_SOCKET=${path}`],
    });
    child.kill();
    await once(lines, 'close');
    return { said: said.filter((line) => line.startsWith('STATUS=')), exitCode };
  } finally {
    child.kill('SIGKILL');
    await rm(directory, { recursive: true });
  }
}

test('the status line of the service follows the installation', async () => {
  await using it = await fixture({
    server: {
      fault: (_, { url }) =>
        url === '/image' ? { drip: { pieceBytes: 256 * 1024, everyMs: 200 } } : undefined,
    },
  });
  const { said, exitCode } = await statuses(it.args);
  expect(exitCode).toBe(0);
  expect(said[0]).toBe('STATUS=Checking the target, the config and the image…');
  expect(said).toContainEqual(expect.stringMatching(/^STATUS=Writing the image… \d+ %/));
  expect(said.at(-1)).toBe('STATUS=Installed.');
});

test('and ends with the reason of a failure, without a password', async () => {
  await using it = await fixture();
  const image = `${it.imageUrl.replace('//', '//sesame:sesame@')}x?sesame`;
  const { said, exitCode } = await statuses([...it.args, '-b', image]);
  expect(exitCode).toBe(4);
  expect(said.at(-1)).toMatch(
    /^STATUS=Cannot fetch http:\/\/\*{3}@.*\?\*{3}: .* \[image-not-found\]$/,
  );
  expect(said.join()).not.toContain('sesame');
});

test('a socket where nobody listens is no matter', async () => {
  await using it = await fixture();
  const wrapper = ['env', 'NOTIFY_SOCKET=/nowhere/socket'];
  const { exitCode, complaints } = await runInstaller({ args: it.args, wrapper });
  expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
});
