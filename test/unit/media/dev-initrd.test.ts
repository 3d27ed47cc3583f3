import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCpio } from '../../../src/media/cpio.ts';
import { makeLiveInitrd } from '../../support/live-iso.ts';
import { runHere } from '../../support/run-here.ts';
import { runSource } from '../../support/run-source.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'dev-initrd-'));
  process.chdir(directory);
  writeFileSync('initrd.img', makeLiveInitrd(join(directory, 'tree'), { 'etc/x.conf': 'old' }));
});
afterAll(() => {
  process.chdir('/');
  rmSync(directory, { recursive: true });
});

const archive = (files: Record<string, string>) =>
  Buffer.concat(
    makeCpio(new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]))),
  );

test('files are listed, all or those that match', async () => {
  const all = [
    'etc/coreos-live-initramfs',
    'etc/coreos/features.json',
    'etc/x.conf',
    'kernel/x86/microcode',
    'usr/lib/odd',
  ];
  expect((await runHere('dev', 'show', 'initrd', 'initrd.img')).text).toBe(`${all.join('\n')}\n`);
  const { text } = await runHere('dev', 'show', 'initrd', 'initrd.img', 'etc/coreos*');
  expect(text).toBe(`${all.slice(0, 2).join('\n')}\n`);
  const input = readFileSync('initrd.img');
  const piped = await runSource(['dev', 'show', 'initrd', '-', '*.conf'], { input });
  expect(piped.text).toBe('etc/x.conf\n');
});

test('a pattern that is none is refused on the command line', async () => {
  await expect(runHere('dev', 'show', 'initrd', 'initrd.img', 'a[')).rejects.toThrow(
    "'a[' is not a pattern",
  );
});

test('files are saved, the last of one name, and none is replaced', async () => {
  writeFileSync(
    'twice.img',
    Buffer.concat([readFileSync('initrd.img'), archive({ 'etc/x.conf': 'new' })]),
  );
  const { text, exitCode } = await runHere(
    'dev',
    'extract',
    'initrd',
    '-v',
    '-C',
    'out',
    'twice.img',
    '*.conf',
  );
  expect([text, exitCode]).toEqual(['out/etc/x.conf\nout/etc/x.conf\n', 0]);
  expect(readFileSync('out/etc/x.conf', 'utf8')).toBe('new');
  const again = await runHere('dev', 'extract', 'initrd', '-C', 'out', 'initrd.img', '*.conf');
  expect(again.stderr).toContain('Cannot write out/etc/x.conf: File exists.');
  expect(again.exitCode).toBe(1);
  expect(readFileSync('out/etc/x.conf', 'utf8')).toBe('new');
});

test('nothing is left of a damaged archive but what was there, and a second try succeeds', async () => {
  const files = { 'etc/a.conf': 'a', 'etc/b.conf': 'b'.repeat(100_000), 'etc/c.conf': 'c' };
  const whole = archive(files);
  writeFileSync('broken.img', whole.subarray(0, whole.length - 50_000));
  const extract = async () =>
    await runHere('dev', 'extract', 'initrd', '-C', 'part', 'broken.img', 'etc/*');
  mkdirSync('part/etc', { recursive: true });
  writeFileSync('part/etc/mine', '');
  const { stderr, exitCode } = await extract();
  expect(stderr).toContain('Cannot use broken.img');
  expect(exitCode).toBe(1);
  expect(readdirSync('part/etc')).toEqual(['mine']);
  // A file that was there before ends it, too, and stays.
  writeFileSync('broken.img', whole);
  writeFileSync('part/etc/b.conf', 'mine');
  expect((await extract()).stderr).toContain('File exists');
  expect(readdirSync('part/etc')).toEqual(['b.conf', 'mine']);
  expect(readFileSync('part/etc/b.conf', 'utf8')).toBe('mine');
  rmSync('part/etc/b.conf');
  expect((await extract()).exitCode).toBe(0);
  expect(readdirSync('part/etc')).toEqual(['a.conf', 'b.conf', 'c.conf', 'mine']);
});

test('nothing is saved elsewhere', async () => {
  writeFileSync('evil.img', archive({ 'a/../../evil': 'x' }));
  const { stderr, exitCode } = await runHere(
    'dev',
    'extract',
    'initrd',
    '-C',
    'deep/er',
    'evil.img',
  );
  expect(stderr).toContain('it contains a file with the path a/../../evil');
  expect(exitCode).toBe(1);
  expect(existsSync('deep/evil')).toBe(false);
  // A link in place of the file.
  mkdirSync('linked/etc', { recursive: true });
  symlinkSync(join(directory, 'target'), 'linked/etc/x.conf');
  await runHere('dev', 'extract', 'initrd', '-C', 'linked', 'initrd.img', '*.conf');
  expect(existsSync('target')).toBe(false);
});

test('what controls a terminal is not printed', async () => {
  writeFileSync('odd.img', archive({ 'a\u001b[2Jb': 'x' }));
  expect((await runHere('dev', 'show', 'initrd', 'odd.img')).text).toBe('a?[2Jb\n');
});
