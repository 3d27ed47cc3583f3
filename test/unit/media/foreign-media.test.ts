import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';
import { lacks, lacksFileSystem, lacksProcessor, lacksRoot } from '../../support/needs.ts';

const media = join(root, 'media');
const foreign = process.arch === 'arm64' ? 'x86_64' : 'arm64';

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'foreign-media-'));
});
afterAll(() => rmSync(work, { recursive: true }));

function run(command: readonly string[], env: Readonly<Record<string, string>>) {
  const [name = '', ...args] = command;
  const { status, stdout, stderr } = spawnSync(name, args, {
    env: { ...process.env, WORK: work, KARGS: '', ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** What a script that reads media/lib.sh sees with ARCH. */
function withLibrary(script: string, arch: string) {
  return run(['sh', '-c', `here='${media}'; . '${media}/lib.sh'; ${script}`], { ARCH: arch });
}

describe('the architecture of the media', () => {
  test.each(['arm64', 'aarch64'])('ARCH=%s: the console, the program and the names', (arch) => {
    expect(withLibrary('kernel_arguments', arch).stdout).toContain(
      ' console=tty0 console=ttyAMA0,115200n8 ',
    );
    expect(withLibrary('basename "$binary"; echo "$suffix,$efi"', arch).stdout).toBe(
      'coreos-installer-arm64\n-arm64,aa64\n',
    );
  });

  test.each(['x86_64', 'amd64', 'x64'])('ARCH=%s: the names have no suffix', (arch) => {
    expect(withLibrary('kernel_arguments', arch).stdout).toContain(' console=ttyS0,115200n8 ');
    expect(withLibrary('basename "$binary"; echo "$suffix,$efi"', arch).stdout).toBe(
      'coreos-installer\n,x64\n',
    );
  });

  test('is by default that of this machine', () => {
    const name = process.arch === 'arm64' ? 'arm64' : 'amd64';
    expect(withLibrary('echo "$arch,$foreign_root"', '').stdout).toBe(`${name},\n`);
  });

  test('NetworkManager is taken from a system of its own, unless this machine has it', () => {
    const own = (env: Readonly<Record<string, string>>) =>
      run(['sh', '-c', `here='${media}'; . '${media}/lib.sh'; echo "$foreign_root"`], {
        ARCH: '',
        ...env,
      }).stdout;
    const has = existsSync('/usr/sbin/NetworkManager');
    expect(own({ NETWORK: 'network-manager' })).toBe(has ? '\n' : `${work}/root\n`);
    expect(own({ NETWORK: 'network-legacy' })).toBe('\n');
    const bin = join(work, 'with-network-manager');
    mkdirSync(bin);
    writeFileSync(join(bin, 'NetworkManager'), '#!/bin/sh\n', { mode: 0o755 });
    const PATH = `${bin}:${process.env['PATH']}`;
    expect(own({ NETWORK: 'network-manager', PATH })).toBe('\n');
  });

  test.each(['riscv64', 'x86', 'arm'])('ARCH=%s is refused', (arch) => {
    const { status, stderr } = run([join(media, 'check.sh')], { ARCH: arch });
    expect(status).toBe(1);
    expect(stderr).toContain(`there are no media for ARCH=${arch}: there are x86_64 and arm64.`);
  });

  test('in make: a build for another one begins with what it needs', () => {
    const rules = (arch: string) =>
      run(['make', '-C', root, '--dry-run', 'iso', `ARCH=${arch}`], {}).stdout;
    const order = rules(foreign);
    expect(order.indexOf('media/check.sh')).toBeGreaterThan(-1);
    expect(order.indexOf('media/check.sh')).toBeLessThan(order.indexOf('scripts/package.ts'));
    expect(order).toMatch(/scripts\/package\.ts x64 arm64/);
    expect(rules('')).not.toMatch(/scripts\/package\.ts x64 arm64/);
  });
});

/** A program for arm64 that needs no library: it ends with status 42 (ELF; mov x0, mov x8, svc). */
function arm64Program(): Buffer {
  const [entry, loadAt] = [0x78, 0x400000];
  const bytes = Buffer.alloc(entry + 12);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(0xb7, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BigInt(loadAt + entry), 24);
  bytes.writeBigUInt64LE(64n, 32);
  for (const [at, value] of [64, 56, 1].entries()) bytes.writeUInt16LE(value, 52 + at * 2);
  bytes.writeUInt32LE(1, 64);
  bytes.writeUInt32LE(5, 68);
  for (const at of [80, 88]) bytes.writeBigUInt64LE(BigInt(loadAt), at);
  for (const at of [96, 104]) bytes.writeBigUInt64LE(BigInt(bytes.length), at);
  bytes.writeBigUInt64LE(0x1000n, 112);
  for (const [at, code] of [0xd2800540, 0xd2800ba8, 0xd4000001].entries())
    bytes.writeUInt32LE(code, entry + at * 4);
  return bytes;
}

const entries = '/proc/sys/fs/binfmt_misc';
const withEmulation = join(media, 'with-emulation.sh');

/**
 * `with-emulation.sh` with a script, and which entries the kernel has then and afterwards: it keeps them while
 * that is mounted somewhere. `own` is the one that it made, found by the number of its process; others may build
 * media at the same time.
 */
function emulated(script: string, env: Readonly<Record<string, string>> = {}) {
  const around = `mount -t binfmt_misc binfmt_misc ${entries} || exit 99
    "$0" /bin/sh -c "$1"; status=$?; echo after: $(ls ${entries}); exit $status`;
  const inside = `echo process: $PPID during: $(ls ${entries}); ${script}`;
  const command = ['unshare', '--mount', 'sh', '-c', around, withEmulation, inside];
  const result = run(command, { ARCH: foreign, ...env });
  const [, process, during = ''] = /process: (\d+) during: (.*)/.exec(result.stdout) ?? [];
  const [, after = ''] = /after: (.*)/.exec(result.stdout) ?? [];
  const ofProcess = (names: string) =>
    names
      .split(' ')
      .find((name) => name.endsWith(`-${process}`) && /^coreos-installer-/.test(name));
  const [own, left] = [ofProcess(during), ofProcess(after)];
  // Without either, what is checked afterwards would say nothing.
  const isOfSystem = /(^| )(?!register|status|coreos-installer-)\S/.test(during);
  return {
    ...result,
    own,
    left,
    isSetUp: own !== undefined || isOfSystem,
    after: after.split(' '),
  };
}

const unable =
  lacksProcessor('x64') ||
  lacksRoot() ||
  lacks('qemu-aarch64-static') ||
  lacksFileSystem('binfmt_misc', 'binfmt_misc');

describe.skipIf(unable)('programs of another architecture', () => {
  test('start within the command, also where nothing else is; afterwards there is no trace', () => {
    const empty = join(work, 'empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'program'), arm64Program(), { mode: 0o755 });
    const place = join(work, 'place');
    mkdirSync(place);
    const script = `mount --bind /etc '${place}' && chroot '${empty}' /program`;
    const { status, isSetUp, left, after, stderr } = emulated(script);
    expect(status, stderr).toBe(42);
    expect(isSetUp).toBe(true);
    expect(after).toContain('register');
    expect(left).toBeUndefined();
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(place);
  });

  test('that are interrupted leave no trace either', () => {
    const { status, isSetUp, left, after } = emulated('kill -TERM $PPID');
    expect(status).toBe(143);
    expect(after).toContain('register');
    expect(isSetUp).toBe(true);
    expect(left).toBeUndefined();
  });

  test('need qemu-user-static, unless the system has set up another way', () => {
    const bin = join(work, 'bin');
    mkdirSync(bin);
    const names =
      'base64 cat chmod chroot dirname id ls mkdir mktemp mount readlink rm sed sh tr true uname unshare'.split(
        ' ',
      );
    for (const name of names) {
      const file = ['/usr/bin', '/bin', '/usr/sbin', '/sbin']
        .map((at) => join(at, name))
        .find((path) => existsSync(path));
      symlinkSync(file ?? '', join(bin, name));
    }
    const { status, stderr } = emulated('exit 0', { PATH: bin });
    const withTool = emulated('exit 0');
    expect(withTool).toMatchObject({ status: 0, isSetUp: true });
    const isNeeded = withTool.own !== undefined;
    expect(status).toBe(isNeeded ? 77 : 0);
    if (!isNeeded) return;
    expect(stderr).toContain('there is no qemu-aarch64-static: install qemu-user-static.');
    // With dpkg, the build installs it: then that is a fault.
    writeFileSync(join(bin, 'dpkg-query'), '#!/bin/sh\n', { mode: 0o755 });
    expect(emulated('exit 0', { PATH: bin }).status).toBe(1);
  });

  test('need the right to mount, which a container may not have', () => {
    const command = ['setpriv', '--bounding-set', '-sys_admin', withEmulation, 'true'];
    const { status, stderr } = run(command, { ARCH: foreign });
    expect(status).toBe(77);
    expect(stderr).toMatch(
      /it is not allowed to mount: .*\. Build on a machine of arm64, or where/,
    );
  });
});
