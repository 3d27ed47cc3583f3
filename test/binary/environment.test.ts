import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isCurrentLiblzma } from '../../scripts/lib/liblzma-version.ts';
import { isRoot, program } from './program.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coreos-installer-binary-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Runs the program with exactly this environment. */
async function run(args: readonly string[], env: Record<string, string> = {}) {
  return await execa(program, args, { env, extendEnv: false, reject: false });
}

/**
 * Runs commands of a shell in a mount namespace of their own, then `exec`s whatever is left of
 * the arguments: `$1` is the program, `$2` the test's directory.
 */
async function runPrivately(script: string) {
  return await execa(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh', program, directory],
    { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, extendEnv: false, reject: false },
  );
}

const everything = /^coreos-installer \d.*\nNode\.js 24\..*\nliblzma [\d.]+ \(.*\)\ntarget linux-/;

describe('with an empty environment', () => {
  it('says its version', async () => {
    const { stdout, stderr, exitCode } = await run(['--version']);
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: expect.stringMatching(/^coreos-installer \d+\.\d+\.\d+$/),
      stderr: '',
      exitCode: 0,
    });
  });

  it('loads its xz decoder, which is a fast one', async () => {
    const { stdout, exitCode } = await run(['--version', '--verbose']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(everything);
    const [, version = ''] = /^liblzma (\S+) \(Debian \1-\S+\)$/m.exec(stdout) ?? [];
    // If this fails, read what make said about liblzma.
    expect(isCurrentLiblzma(version)).toBe(true);
  });

  it('names the keys that it verifies images with', async () => {
    const { stdout } = await run(['--version', '--verbose']);
    const keys = stdout.split('\n').filter((line) => line.startsWith('key '));
    expect(keys[0]).toBe(
      'key 7D22D5867F2A4236474BF7B850CB390B3C3359C4 Fedora (31) <fedora-31-primary@fedoraproject.org>',
    );
    expect(keys.filter((line) => line.endsWith('<security@redhat.com>'))).toHaveLength(2);
  });

  it('explains itself', async () => {
    const { stdout, exitCode } = await run(['--help'], { PATH: '/usr/sbin:/usr/bin' });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--image-url');
  });
});

describe('code from outside', () => {
  it.each(['--require', '--import'])('is not taken in by NODE_OPTIONS=%s', async (option) => {
    const script = join(directory, 'intruder.cjs');
    await writeFile(script, 'process.stdout.write("intruded\\n")');
    const { stdout, exitCode } = await run(['--version'], { NODE_OPTIONS: `${option}=${script}` });
    expect(stdout).toMatch(/^coreos-installer \S+$/);
    expect(exitCode).toBe(0);
  });

  it('is not taken in by an option of Node', async () => {
    const { stdout, exitCode } = await run(['--eval', 'console.log("intruded")']);
    expect(stdout).not.toContain('intruded');
    expect(exitCode).toBe(2);
  });
});

/** Whether a process does with SIGUSR1 what it always will: until then, that ends it. */
async function isPreparedForSigusr1(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const masks = [...status.matchAll(/^Sig(?:Blk|Ign|Cgt):\s*([0-9a-f]+)$/gm)];
  return masks.some(([, mask]) => (BigInt(`0x${mask}`) & (1n << 9n)) !== 0n);
}

it('SIGUSR1, for which Node opens a debugger, does nothing', async () => {
  const child = execa(program, ['ignition', 'validate', '-'], {
    ...{ env: {}, extendEnv: false, reject: false, stdin: 'pipe' },
  });
  const { pid = 0 } = child;
  while (!(await isPreparedForSigusr1(pid))) await delay(10);
  process.kill(pid, 'SIGUSR1');
  // A debugger would be opened by another thread.
  await delay(500);
  child.stdin.end('{"ignition":{"version":"3.0.0"}}');
  const { stderr, exitCode } = await child;
  expect(stderr).not.toMatch(/debugger/i);
  expect(exitCode).toBe(0);
});

describe.runIf(isRoot)('on a bare system', () => {
  it('needs no /etc, /proc, /dev, /sys, HOME and PATH: only its libraries and a /run', async () => {
    const { stdout, stderr, exitCode } = await runPrivately(`
      mkdir -p "$2/run" "$2/usr/libexec"
      touch "$2/usr/libexec/coreos-installer"
      mount --bind "$1" "$2/usr/libexec/coreos-installer"
      for library in $(ldd "$1" | grep -o '/[^ ]*'); do
        mkdir -p "$2$(dirname "$library")"
        cp -L "$library" "$2$library"
      done
      exec env -i "$(command -v chroot)" "$2" /usr/libexec/coreos-installer --version --verbose
    `);
    expect({ stdout, stderr, exitCode }).toMatchObject({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(everything);
    expect(await readdir(join(directory, 'run'))).toEqual([]);
  });
});

describe.runIf(isRoot)('where directories for temporary files are mounted noexec', () => {
  // The checkout may lie below one of these directories: the program is looked at from /mnt.
  const noexec = (...directories: string[]) => `
    mount --bind "$(dirname "$1")" /mnt
    set -- "/mnt/$(basename "$1")" "$2"
    ${directories.map((path) => `mount -t tmpfs -o noexec tmpfs ${path}\n`).join('')}`;

  it.each([
    ['/tmp', ['/tmp']],
    ['all but /dev/shm', ['/run', '/var/tmp', '/tmp']],
    ['all but /var/tmp', ['/run', '/dev/shm', '/tmp']],
    ['all of them', ['/run', '/dev/shm', '/var/tmp', '/tmp']],
  ])('%s: it loads its decoder from elsewhere and leaves no file', async (_, directories) => {
    const { stdout, stderr } = await runPrivately(`
      ${noexec(...directories)}
      "$1" --version --verbose
      for directory in /run /dev/shm /var/tmp /tmp "$(dirname "$1")"; do
        find "$directory" -maxdepth 1 -name '.coreos-installer-*' >&2
      done
    `);
    expect(stderr).toBe('');
    expect(stdout).toMatch(everything);
  });

  it('all of them, and nothing else can be written: it says how to help', async () => {
    const { stdout, stderr, exitCode } = await runPrivately(`
      ${noexec('/run', '/dev/shm', '/var/tmp', '/tmp')}
      own=$(dirname "$1")
      mount --bind "$own" "$own"
      mount -o remount,bind,ro "$own"
      export PATH
      mkdir /run/help
      mount -t tmpfs tmpfs /run/help
      TMPDIR=/run/help "$1" --version --verbose
      exec "$1" --version --verbose
    `);
    expect(stdout).toMatch(everything);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Set TMPDIR to a writable directory');
  });
});
