import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { endProcess } from '../../qemu/support/end-process.ts';

async function running(trap: string) {
  const child = spawn('sh', ['-c', `trap '${trap}' TERM; echo; while :; do sleep 0.1; done`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('a process that obeys', async () => {
  const child = await running('exit 3');
  await endProcess(child);
  expect(child.exitCode).toBe(3);
  await endProcess(child);
});

test('one that does not is killed and told of', async () => {
  const child = await running('');
  await expect(endProcess(child, 200)).rejects.toThrow(/^sh -c .* did not end within 0\.2 s/);
  expect(child.signalCode).toBe('SIGKILL');
});
