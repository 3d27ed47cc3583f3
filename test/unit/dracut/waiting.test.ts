import { expect, test } from 'vitest';
import { tellWaiting } from '../../../src/commands/waiting.ts';
import { networkTrouble } from '../../../src/image/http/network-trouble.ts';
import { scripts } from './scripts.ts';

const url = new URL('http://images.example:8080/metal.raw.xz');
const timeouts = { connectTimeoutMs: 10_000, stallTimeoutMs: 30_000 };
const whyOf = (code: string) => {
  const name = code.startsWith('HPE_') ? 'HTTPParserError' : 'Error';
  return networkTrouble({ code, name }, { url, proxy: undefined }, timeouts).why;
};

/** What the program prints that has waited for so long for a server that could not be reached. */
function waitingLines(code: string, ...sinceMs: number[]): string {
  const lines: string[] = [];
  const tell = tellWaiting((line) => lines.push(line));
  for (const since of sinceMs) {
    tell({ name: url.href, reason: whyOf(code), sinceMs: since, nextTryMs: 0 });
  }
  return `${lines.join('\n')}\n`;
}

const waiting = `Waiting for ${url.href}: there is no route to images.example:8080`;
const offer = 'Press Enter for an emergency shell.';

test('who waits at a console is offered a shell, and told what the network lacks', async () => {
  await using machine = scripts(['tty0', 'ttyS0'], 'Network: no cable.');
  const journal = await machine.run(
    '"$lib/follow" | to_every_console',
    waitingLines('ENETUNREACH', 0, 16_000),
  );
  expect(journal).toBe(`${waiting}.\nNetwork: no cable.\n${waiting} (for 16 s).\n${offer}\n`);
  expect([machine.shown('tty1'), machine.shown('ttyS0')]).toEqual([journal, journal]);
  expect(machine.started()).toEqual(
    ['tty1', 'ttyS0'].map((name) => `start coreos-installer-shell@${name}.service`),
  );
});

test('a wait of a moment offers nothing', async () => {
  await using machine = scripts(['ttyS0'], 'Network: no cable.');
  await machine.run('"$lib/follow" | to_every_console', waitingLines('ENETUNREACH', 0, 500));
  expect(machine.shown('ttyS0')).toBe(`${waiting}.\n`);
  expect(machine.started()).toEqual([]);
});

test('what counts at the end is kept without the waiting', async () => {
  await using machine = scripts(['ttyS0']);
  const input = `Warning: x\n${waitingLines('ECONNREFUSED', 0, 16_000)}Cannot fetch x: y. z.\n`;
  const kept = await machine.run('"$lib/follow" > /dev/null; cat "$state/errors"', input);
  expect(kept).toBe('Warning: x\nCannot fetch x: y. z.\n');
});

test('a console where a shell was opened shows nothing else; the others do, and the journal', async () => {
  await using machine = scripts(['tty0', 'ttyS0', 'ttyS1']);
  machine.openShell('ttyS0');
  machine.openShell('tty1');
  expect(await machine.run('to_every_console', '40 %\n')).toBe('40 %\n');
  expect(machine.shown('ttyS1')).toBe('40 %\n');
  expect(machine.shown('ttyS0') + machine.shown('tty1')).toBe('');
  await machine.run('to_open_shells', 'Installed.\n');
  expect([machine.shown('tty1'), machine.shown('ttyS0')]).toEqual([
    '\nInstalled.\n',
    '\nInstalled.\n',
  ]);
  expect(machine.shown('ttyS1')).toBe('40 %\n');
});

test.each([
  ...['ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT', 'EADDRNOTAVAIL'],
])('the network is looked at after %s', async (code) => {
  await using machine = scripts(['ttyS0'], 'Network: no cable.');
  expect(await machine.run('network_lack "$(cat)"', whyOf(code))).toBe('Network: no cable.\n');
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_HEADERS_TIMEOUT', 'HPE_INVALID_CONSTANT'])(
  'it is not to blame for %s',
  async (code) => {
    await using machine = scripts(['ttyS0'], 'Network: no cable.');
    expect(await machine.run('network_lack "$(cat)"', whyOf(code))).toBe('');
  },
);
