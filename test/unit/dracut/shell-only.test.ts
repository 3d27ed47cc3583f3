import { expect, test } from 'vitest';
import { scripts } from './scripts.ts';

const consoles = ['tty0', 'ttyS0'];
/** What `run` does first, on a machine with these kernel arguments. */
const begin = (text: string) => `ARGUMENTS='${text}' bash -uc '
. "$0/lib.sh"; eval "$(sed -n "/^only_shell() {/,/^}/p" "$0/run")"
prepare() { echo prepared; }
cat() { case $1 in /etc/*) echo "$ARGUMENTS" ;; *) command cat "$@" ;; esac; }
only_shell && echo shell || echo install' "$lib"`;

test('coreos.inst=shell opens a shell on each console at once, and the next start installs', async () => {
  await using machine = scripts(consoles);
  const first = await machine.run(begin('quiet coreos.inst=yes coreos.inst=shell'));
  expect(first).toBe('prepared\nshell\n');
  expect(machine.started()).toEqual(
    ['tty1', 'ttyS0'].map((name) => `start coreos-installer-shell@${name}.service`),
  );
  expect(machine.shown('ttyS0')).not.toContain('Press Enter');
  expect(await machine.run('ls "$state"')).toMatch(/at-once-on-tty1\nat-once-on-ttyS0\n/);
  expect(await machine.run(begin('coreos.inst=shell'))).toBe('install\n');
});

test('also where the arguments that all entries of the menu have follow', async () => {
  await using machine = scripts(consoles);
  const text = 'coreos.inst=shell quiet coreos.inst=yes';
  expect(await machine.run(begin(text))).toBe('prepared\nshell\n');
});

test('without it the installer starts', async () => {
  await using machine = scripts(consoles);
  expect(await machine.run(begin('quiet coreos.inst=yes'))).toBe('install\n');
  expect(machine.started()).toEqual([]);
});
