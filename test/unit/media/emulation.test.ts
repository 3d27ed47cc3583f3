import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lacks, lacksRoot } from '../../support/needs.ts';

const script = join(import.meta.dirname, '../../../media/with-emulation.sh');
const binfmt = '/proc/sys/fs/binfmt_misc';
const work = mkdtempSync(join(tmpdir(), 'emulation-'));
afterAll(() => rmSync(work, { recursive: true }));

function run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const env = { ...process.env, ARCH: 'arm64', WORK: work, ...more };
  return spawnSync(command, args, { env, encoding: 'utf8' });
}

/**
 * Runs a script as root of a user namespace, which since Linux 6.7 can have entries of its own for
 * foreign programs: nothing of the machine changes.
 */
function runApart(commands: string) {
  const mounted = `set -e; mount -t binfmt_misc binfmt_misc ${binfmt}; ${commands}`;
  return run('unshare', [
    '--user',
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    mounted,
    'sh',
    script,
  ]);
}

const isArm64 = process.arch === 'arm64';
const canRunApart = !isArm64 && !lacks('qemu-aarch64-static') && runApart('true').status === 0;

describe.skipIf(lacksRoot() || lacks('setpriv'))(
  'without the right to mount, that is said, with an exit code of its own',
  () => {
    const right = ['--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];
    const withoutIt = (env: NodeJS.ProcessEnv) => run('setpriv', [...right, script, 'true'], env);

    test.skipIf(isArm64)('for another architecture', () => {
      const { status, stderr } = withoutIt({});
      expect(stderr).toMatch(/it is not allowed to mount: .*\. Build on a machine of arm64/);
      expect(status).toBe(77);
    });

    test.skipIf(existsSync('/usr/sbin/NetworkManager'))('for NetworkManager', () => {
      const { status, stderr } = withoutIt({ ARCH: '', NETWORK: 'network-manager' });
      expect(stderr).toMatch(
        /it is not allowed to mount: .*\. Install NetworkManager, or build as root where mounting is allowed\.\n$/,
      );
      expect(status).toBe(77);
    });
  },
);

test.skipIf(!isArm64)('a machine of that architecture needs no emulation', () => {
  expect(run(script, ['echo', 'started']).stdout).toBe('started\n');
});

describe.skipIf(!canRunApart)('the kernel starts programs of arm64', () => {
  const entries = `ls ${binfmt}`;

  test('while the command runs', () => {
    const { stdout, stderr } = runApart(`"$1" ${entries}; ${entries}`);
    expect(stdout, stderr).toMatch(
      /^coreos-installer-\d+-\d+\nregister\nstatus\nregister\nstatus\n$/,
    );
  });

  test('also where a build was killed: its entry is removed', () => {
    const killed = `"$1" sh -c 'kill -9 $PPID' || true; ${entries}; echo then; "$1" true; ${entries}`;
    const { stdout, stderr } = runApart(killed);
    expect(stdout, stderr).toMatch(
      /^coreos-installer-.*\nregister\nstatus\nthen\nregister\nstatus\n$/,
    );
  });

  test('without the entry of another build, which may end earlier', () => {
    const { stdout, stderr } = runApart(`"$1" "$1" ${entries}`);
    expect(stdout.match(/coreos-installer-/g), stderr).toHaveLength(2);
  });

  test('by an entry of the system', () => {
    const { stdout, stderr } = runApart(
      `${systemEntry('$(command -v qemu-aarch64-static)')}; "$1" ${entries}`,
    );
    expect(stdout, stderr).toBe('register\nstatus\nsystem\n');
  });

  test('not by an entry of the system that starts something else', () => {
    const { stdout, stderr } = runApart(`${systemEntry('/bin/false')}; "$1" ${entries}`);
    expect(stdout, stderr).toMatch(/^coreos-installer-.*\nregister\nstatus\nsystem\n$/);
  });

  test('or it is said that it does not, also where the entry of a killed build cannot be removed', () => {
    const killed = `"$1" sh -c 'kill -9 $PPID' || true; mount -o remount,bind,ro ${binfmt}; "$1" true`;
    const { status, stderr } = runApart(killed);
    expect(stderr).toMatch(/starts no programs of arm64: .*Read-only.*\. Build on a machine/i);
    expect(status).toBe(77);
  });

  test('or the build fails where that cannot be tried', () => {
    const bin = join(work, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'mktemp'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const { status, stderr } = runApart(`PATH=${bin}:$PATH "$1" true`);
    expect(stderr).toContain(`could not write to ${work}`);
    expect(status).toBe(1);
  });

  test('or it is said that it does not', () => {
    const { status, stderr } = runApart(`echo 0 > ${binfmt}/status; "$1" true`);
    expect(stderr).toMatch(/this kernel starts no programs of arm64: .*\. Build on a machine/);
    expect(status).toBe(77);
  });
});

/** A command that sets up this interpreter, as the system does. */
function systemEntry(interpreter: string): string {
  const bytes = (text: string) => text.replace(/../g, '\\x$&');
  const magic = bytes('7f454c460201010000000000000000000200b700');
  const mask = bytes('ffffffffffffff00fffffffffffffffffeffffff');
  return `printf %s ":system:M::${magic.replaceAll('\\', '\\\\')}:${mask.replaceAll('\\', '\\\\')}:${interpreter}:F" > ${binfmt}/register`;
}
