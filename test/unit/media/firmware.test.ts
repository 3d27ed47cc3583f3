import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runHere } from '../../support/run-here.ts';

const media = join(import.meta.dirname, '../../../media');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'firmware-'));
  mkdirSync(join(directory, 'debs'));
  program('apt-cache', `[ -e '${directory}/debs/'$3.deb ] && echo "Version: 1.0"`);
  program(
    'apt-get',
    `case " $* " in
  *' update '*) cp '${directory}'/late/*.deb '${directory}/debs/' 2> /dev/null || true ;;
  *' download '*)
    for word in "$@"; do
      case $word in *=1.0) cp "${directory}/debs/\${word%=*}.deb" . || exit ;; esac
    done ;;
esac`,
  );
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

/** Puts a script in the place of a program. */
function program(name: string, text: string): void {
  write(`bin/${name}`, `#!/bin/sh\n${text}\n`);
  chmodSync(join(directory, 'bin', name), 0o755);
}

/** A package with these files in its directory of firmware. */
function offer(name: string, files: readonly string[], place = 'lib', when = 'debs'): void {
  const control = `Package: ${name}\nVersion: 1.0\nArchitecture: all\nMaintainer: a\nDescription: b\n`;
  write(`${name}/DEBIAN/control`, control);
  for (const file of files) write(`${name}/${place}/firmware/${file}`, `${file} of ${name}`);
  mkdirSync(join(directory, when), { recursive: true });
  const deb = join(directory, when, `${name}.deb`);
  execFileSync('dpkg-deb', ['--build', '-Znone', join(directory, name), deb], { stdio: 'pipe' });
}

function startScript(script: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const path = `${directory}/bin:${process.env['PATH']}`;
  return spawnSync(join(media, script), args, {
    env: { ...process.env, WORK: join(directory, 'work'), PATH: path, ...env },
    encoding: 'utf8',
  });
}
const obtain = (firmware: string | undefined) =>
  startScript('obtain-firmware.sh', [], { FIRMWARE: firmware });

describe('FIRMWARE', () => {
  test('is nothing without it', () => {
    expect(obtain('')).toMatchObject({ status: 0, stdout: '' });
    expect(obtain(undefined)).toMatchObject({ status: 0, stdout: '' });
  });

  test.each(['firmware-bnx2 firmware-new', 'firmware-bnx2,firmware-new', 'all'])(
    '%s: unpacked, and only once',
    (wanted) => {
      offer('firmware-bnx2', ['bnx2/a.fw']);
      // Of a newer release; the list of packages has it after an update.
      offer(
        wanted === 'all' ? 'firmware-realtek' : 'firmware-new',
        ['rtl/b.fw'],
        'usr/lib',
        'late',
      );
      const { stdout, stderr } = obtain(wanted);
      expect(stderr).toMatch(/^Unpacking firmware-bnx2=1\.0 firmware-/);
      const found = readdirSync(stdout.trim(), { recursive: true, encoding: 'utf8' });
      expect(found.toSorted()).toEqual(['bnx2', 'bnx2/a.fw', 'rtl', 'rtl/b.fw']);
      expect(obtain(wanted)).toMatchObject({ stdout, stderr: '' });
    },
  );

  test.each([
    [
      'firmware-bnx2 firmware-none',
      'there is no package firmware-none: add the component non-free-firmware',
    ],
    ['firmware-bnx2;reboot', 'give all, or names of packages'],
    ['/lib/firmware', 'give all, or names of packages'],
  ])('%s is refused', (wanted, why) => {
    offer('firmware-bnx2', ['bnx2/a.fw']);
    const { status, stdout, stderr } = obtain(wanted);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(why);
  });

  test('all is refused where there is none', () => {
    const { status, stderr } = obtain('all');
    expect(status).toBe(1);
    expect(stderr).toContain('there is no package with firmware: add the component non-free');
  });

  test('a download that fails is refused', () => {
    offer('firmware-bnx2', ['bnx2/a.fw']);
    program('apt-get', 'exit 100');
    const { status, stderr } = obtain('firmware-bnx2');
    expect(status).toBe(1);
    expect(stderr).toContain('could not download firmware-bnx2=1.0');
  });
});

describe('added to an initramfs', () => {
  beforeEach(() => {
    program('modinfo', 'printf "%s\\n" bnx2/a.fw "ice/*.pkg" missing.fw rtl/c.fw');
    write('modules/kernel/drivers/net/ethernet/a.ko.zst', 'a module');
    for (const name of ['bnx2/a.fw', 'bnx2/unused.fw', 'ice/1.pkg', 'ice/2.pkg', 'rtl/c.fw.xz'])
      write(`files/${name}`, name);
    write('tree/etc/first', 'first');
    execFileSync('sh', ['-c', "find etc | cpio --quiet -o -H newc | zstd -q > '../init.img'"], {
      cwd: join(directory, 'tree'),
    });
    cpSync(join(directory, 'init.img'), join(directory, 'before.img'));
  });
  const add = (merged: string) =>
    startScript(
      'add-firmware.sh',
      ['files', 'modules', 'init.img'].map((name) => join(directory, name)),
      {
        merged: join(directory, merged),
      },
    );

  test.each([
    ['a link to usr/lib', 'link', 'usr/lib'],
    ['a directory', 'tree', 'lib'],
  ])('/lib is %s: what drivers ask for is there, and nothing else', async (_, merged, place) => {
    symlinkSync('tree', join(directory, 'link'));
    const { status, stdout, stderr } = add(merged);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe('Firmware: 4 files, 0 MB more in the initramfs\n');
    const image = join(directory, 'init.img');
    const { text } = await runHere('dev', 'show', 'initrd', image);
    const files = ['bnx2/a.fw', 'ice/1.pkg', 'ice/2.pkg', 'rtl/c.fw.xz'];
    expect(text.split('\n')).toEqual([
      'etc/first',
      ...files.map((name) => `${place}/firmware/${name}`),
      '',
    ]);
    const before = readFileSync(join(directory, 'before.img'));
    expect(readFileSync(image).subarray(0, before.length).equals(before)).toBe(true);
  });

  test('none that a driver asks for is refused', () => {
    program('modinfo', 'echo missing.fw');
    const { status, stderr } = add('tree');
    expect(status).toBe(1);
    expect(stderr).toContain('no driver of the medium asks for any of these files');
    expect(readFileSync(join(directory, 'init.img'))).toEqual(
      readFileSync(join(directory, 'before.img')),
    );
  });
});
