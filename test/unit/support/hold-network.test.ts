import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdNetwork } from '../../support/hold-network.ts';
import { lacksRoot } from '../../support/needs.ts';

const file = join(import.meta.dirname, '../../support/hold-network.ts');

/** Holds a network, in which a process runs that heeds nothing; prints its number. */
const holding = `
import { spawn } from 'node:child_process';
import { holdNetwork } from ${JSON.stringify(file)};
const pid = await holdNetwork(new AsyncDisposableStack());
const deaf = ['setsid', 'sh', '-c', 'trap "" TERM INT HUP; echo $$; while :; do sleep 60; done'];
spawn('nsenter', ['-t', String(pid), '-n', ...deaf], { stdio: ['ignore', 'inherit', 'ignore'] });
`;

test.skipIf(lacksRoot())('a network ends with all that runs in it', async () => {
  const stack = new AsyncDisposableStack();
  const pid = await holdNetwork(stack);
  const inside = [
    '-t',
    `${pid}`,
    '-n',
    'sh',
    '-c',
    'trap "" TERM; echo; while :; do sleep 60; done',
  ];
  const child = spawn('nsenter', inside, { stdio: ['ignore', 'pipe', 'ignore'] });
  await started(child);
  const ended = once(child, 'exit');
  await stack.disposeAsync();
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test.skipIf(lacksRoot())('also when the process that made it was killed', async () => {
  const maker = spawn(process.execPath, ['--input-type=module-typescript', '-e', holding], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const deaf = Number(await started(maker));
  expect(existsSync(`/proc/${deaf}`)).toBe(true);
  maker.kill('SIGKILL');
  await expect.poll(() => existsSync(`/proc/${deaf}`), { timeout: 10_000 }).toBe(false);
});

async function started(child: ChildProcess): Promise<string> {
  const [first] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return String(first);
}
