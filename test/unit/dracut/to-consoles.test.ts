import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { SerialLine } from '../../support/serial-line.ts';
import { scripts } from './scripts.ts';

/** So much that no terminal takes it without being read. */
const lines = (count: number, lengthBytes: number) =>
  Array.from({ length: count }, (_, index) => `${`${index} `.padEnd(lengthBytes - 1, '.')}\n`).join(
    '',
  );

async function stoppedLine(): Promise<SerialLine> {
  const line = await SerialLine.open();
  await line.stop();
  return line;
}

test.concurrent('a serial line that somebody has stopped holds up neither the others nor the end', async () => {
  await using machine = scripts(['tty0', 'ttyS0', 'ttyS1']);
  await using line = await stoppedLine();
  machine.attach('ttyS0', line.path);
  const text = lines(300, 100);
  const journal = await machine.run('to_every_console', text);
  expect(journal).toBe(text);
  expect(machine.shown('tty1')).toBe(text);
  expect(machine.shown('ttyS1')).toBe(text);
  expect(line.shown).toBe('');
});

test.concurrent('nor does one with a shell', async () => {
  await using machine = scripts(['tty0', 'ttyS0']);
  await using line = await stoppedLine();
  machine.attach('ttyS0', line.path);
  machine.openShell('ttyS0');
  machine.openShell('tty1');
  await machine.run('to_open_shells', 'Installed.\n');
  expect(machine.shown('tty1')).toBe('\nInstalled.\n');
});

test.concurrent('a line that goes on shows what was told meanwhile', async ({ expect }) => {
  await using machine = scripts(['ttyS0', 'ttyS1']);
  await using line = await stoppedLine();
  machine.attach('ttyS0', line.path);
  const input = new PassThrough();
  const done = machine.run('to_every_console', input);
  const text = lines(100, 50);
  input.write(text);
  await expect.poll(() => machine.shown('ttyS1'), { timeout: 30_000 }).toBe(text);
  await line.goOn();
  await line.shows(/99 \.+\n/);
  expect(line.shown.slice(-text.length)).toBe(text);
  input.end('Installed.\n');
  await done;
  await line.shows(/Installed\.\n$/);
});

test.concurrent('what does not fit is left out, and what comes later is shown', async ({
  expect,
}) => {
  await using machine = scripts(['ttyS0', 'ttyS1']);
  await using line = await stoppedLine();
  machine.attach('ttyS0', line.path);
  const input = new PassThrough();
  const done = machine.run('to_every_console', input);
  const text = lines(1000, 200);
  input.write(text);
  await expect.poll(() => machine.shown('ttyS1').length, { timeout: 30_000 }).toBe(text.length);
  await line.goOn();
  await line.shows(/^1 \.+\n/m);
  // The end does not come before what waits has been shown.
  input.end('Installed.\n');
  await done;
  await line.shows(/Installed\.\n$/);
  expect(line.shown).toMatch(/\n100 \.+\n/);
  expect(line.shown).not.toContain('\n900 ');
});

test.concurrent('a console that nobody can write to any more is passed by', async () => {
  await using machine = scripts(['ttyS0', 'ttyS1']);
  machine.attach('ttyS0', '/dev/full');
  expect(await machine.run('to_every_console', '40 %\n50 %\n')).toBe('40 %\n50 %\n');
  expect(machine.shown('ttyS1')).toBe('40 %\n50 %\n');
});
