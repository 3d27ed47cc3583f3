import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMachine } from '../../qemu/support/machine-process.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'machine-process-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const log = () => join(directory, 'console.log');
const shell = (script: string) => ['sh', '-c', script];
const longMs = 60_000;

test('a machine that says nothing is ended, and told of with its command and its complaints', async () => {
  const command = shell("echo 'KVM internal error.' >&2; exec sleep 600");
  await using machine = startMachine(command, log(), 500);
  const started = performance.now();
  await expect(machine.console.waitFor(/login:/, longMs)).rejects.toThrow(
    "the machine has said nothing for 0.5 s\nKVM internal error.\nThe command was: sh -c 'echo '\\''KVM internal error.'\\'' >&2; exec sleep 600'",
  );
  expect(performance.now() - started).toBeLessThan(longMs / 2);
  await expect(machine.exited).rejects.toThrow('the machine has said nothing');
});

test('one that has said a word may be silent afterwards', async () => {
  await using machine = startMachine(shell('printf S; read -r _; echo login:'), log(), 500);
  const { promise: afterwards, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 1000);
  await afterwards;
  machine.console.type('\n');
  await machine.console.waitFor(/login:/, longMs);
  expect(await machine.exited).toBe(0);
  expect(machine.console.silentMs).toBeLessThan(500);
});

test('one that does not start says why to whoever waits', async () => {
  await using machine = startMachine(shell('echo "no such device" >&2; exit 1'), log(), longMs);
  await expect(machine.console.waitFor(/login:/, longMs)).rejects.toThrow(
    'QEMU ended with exit code 1\nno such device\nThe command was: sh -c ',
  );
});

test('one that is killed, or ends by itself, has ended', async () => {
  await using killed = startMachine(shell('echo login:; exec sleep 600'), log(), longMs);
  await killed.console.waitFor(/login:/, longMs);
  await killed.kill();
  expect(await killed.exited).toBeNull();
  await expect(killed.console.waitFor(/never/, longMs)).rejects.toThrow('ended without /never/');
  expect(readFileSync(log(), 'utf8')).toContain('login:');
});
