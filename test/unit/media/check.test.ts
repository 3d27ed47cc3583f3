import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const media = join(import.meta.dirname, '../../../media');
const directory = mkdtempSync(join(tmpdir(), 'check-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('what the build of the media would refuse is refused before', () => {
  // All packages are installed.
  const dpkgQuery = join(directory, 'dpkg-query');
  writeFileSync(dpkgQuery, '#!/bin/sh\nprintf installed\n');
  chmodSync(dpkgQuery, 0o755);

  test.each([
    ['KARGS', 'a;b', 'KARGS contains a character that GRUB interprets'],
    ['KERNEL', '/missing/vmlinuz-6.99.0', 'there is no /missing/vmlinuz-6.99.0'],
    ['KERNEL', join(media, 'check.sh'), 'no kernel modules in /lib/modules'],
    ['TIMEOUT', '5s', 'TIMEOUT=5s: it must be a number of seconds, or -1 to wait for a key'],
    ['ARCH', 's390x', 'there are no media for ARCH=s390x'],
    [
      'NETWORK',
      'networkd',
      'NETWORK=networkd: there are systemd-networkd, network-manager and network-legacy.',
    ],
  ])('%s=%s', (name, value, expected) => {
    const { status, stderr } = check({ [name]: value });
    expect(stderr).toContain(expected);
    expect(status).toBe(1);
  });

  test('a network module that the installed dracut does not have', () => {
    const modules = join(directory, 'dracut/modules.d');
    mkdirSync(join(modules, '01systemd-networkd'), { recursive: true });
    const kernel = '/missing/vmlinuz-6.99.0';
    const stderrOf = (network: string) =>
      check({ NETWORK: network, DRACUT: join(directory, 'dracut'), KERNEL: kernel }).stderr;
    expect(stderrOf('network-legacy')).toContain(
      `NETWORK=network-legacy: the installed dracut has no such module in ${modules}.`,
    );
    expect(stderrOf('systemd-networkd')).toContain(`there is no ${kernel}`);
    mkdirSync(join(modules, '35network-legacy'));
    expect(stderrOf('network-legacy')).toContain(`there is no ${kernel}`);
  });

  function check(env: Readonly<Record<string, string>>) {
    const path = `${directory}:${process.env['PATH']}`;
    return spawnSync(join(media, 'check.sh'), {
      env: { ...process.env, PATH: path, WORK: directory, DRACUT: '/missing', ...env },
      encoding: 'utf8',
    });
  }
});

describe('ARCH', () => {
  const makefile = join(directory, 'Makefile');
  const show = 'show: ; @echo "<$$ARCH> $(media_programs)"';
  // make takes no path with a space: that of the clone may have one.
  writeFileSync(makefile, `arch := x64\n${show}\ninclude media.mk\n`);
  const { MAKEFLAGS, MFLAGS, MAKELEVEL, ...env } = process.env;
  const make = (environment: NodeJS.ProcessEnv, ...args: readonly string[]) =>
    execFileSync('make', ['-f', makefile, 'show', ...args], {
      cwd: media,
      env: { ...env, ...environment },
      encoding: 'utf8',
    });

  test('is taken from the command line of make', () => {
    expect(make({}, 'ARCH=arm64')).toBe('<arm64> all-architectures\n');
    expect(make({ ARCH: 'x86_64' }, 'ARCH=arm64')).toBe('<arm64> all-architectures\n');
  });

  test('is not taken from the environment', () => {
    expect(make({ ARCH: 'arm64' })).toBe('<> all\n');
    expect(make({ ARCH: 'arm64' }, '-e')).toBe('<> all\n');
  });
});
