import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scripts } from './scripts.ts';

let hooks: string;
beforeEach(() => {
  hooks = mkdtempSync(join(tmpdir(), 'hooks-'));
  mkdirSync(join(hooks, 'pre-install.d'));
});
afterEach(() => rmSync(hooks, { recursive: true }));

const hook = (name: string, text: string) =>
  // As in the archive: only its owner may read it, and it is not executable yet.
  writeFileSync(join(hooks, 'pre-install.d', name), `#!/bin/sh\n${text}\n`, { mode: 0o600 });

test('programs run in the order of their names, their output goes to every console', async () => {
  await using machine = scripts(['tty0', 'ttyS0']);
  hook('20-second', 'echo second; echo trouble >&2');
  hook('10-first', 'echo first; read -r line || echo no input');
  const text = `hooks=${hooks}; has_hooks pre-install && run_hooks pre-install; echo "code $?"`;
  const journal = await machine.run(text, 'input of another');
  expect(journal.replaceAll(/after \d+ s/g, 'after N s').split('\n')).toEqual([
    'Running pre-install program 10-first.',
    'first',
    'no input',
    'The pre-install program 10-first succeeded after N s.',
    'Running pre-install program 20-second.',
    'second',
    'trouble',
    'The pre-install program 20-second succeeded after N s.',
    'code 0',
    '',
  ]);
  for (const name of ['tty1', 'ttyS0']) expect(machine.shown(name)).toContain('second\ntrouble\n');
});

test('the first that fails is the last that runs', async () => {
  await using machine = scripts(['ttyS0']);
  hook('a', 'exit 7');
  hook('b', 'echo never');
  const text = `hooks=${hooks}; run_hooks pre-install || echo "$failed_hook: $hook_code"`;
  const journal = await machine.run(text);
  expect(journal).toBe('Running pre-install program a.\na: 7\n');
});

test('what a program leaves running is not waited for', async () => {
  await using machine = scripts(['ttyS0']);
  hook('a', 'tail -f /dev/null & echo $! > "$0.pid"; echo done');
  const text = `hooks=${hooks}; run_hooks pre-install; echo "code $?"; kill "$(cat ${hooks}/pre-install.d/a.pid)"; rm ${hooks}/pre-install.d/a.pid`;
  const journal = await machine.run(text);
  expect(journal).toContain('done\nThe pre-install program a succeeded');
  expect(journal).toContain('code 0\n');
});

test('without programs there is nothing to do', async () => {
  await using machine = scripts(['ttyS0']);
  const text = `hooks=${hooks}; has_hooks pre-install || echo none; run_hooks post-install && echo fine`;
  expect(await machine.run(text)).toBe('none\nfine\n');
});
