import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultKargs, makeLiveIso } from '../../support/live-iso.ts';
import { runHere } from '../../support/run-here.ts';
import { runSource } from '../../support/run-source.ts';
import { runWithOutput } from '../../support/run-with-output.ts';

let directory: string;
let pristine: string;
let iso: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'iso-commands-'));
  pristine = makeLiveIso(directory, {}, 'pristine.iso');
  process.chdir(directory);
});
afterAll(() => {
  process.chdir('/');
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  iso = join(directory, 'test.iso');
  copyFileSync(pristine, iso);
});

const path = (name: string) => join(directory, name);
const file = (name: string, content: string) => {
  writeFileSync(path(name), content);
  return path(name);
};
/** vitest would compare a megabyte of bytes one by one. */
const isAsBuilt = () => readFileSync(iso).equals(readFileSync(pristine));
/** Fails with what a failed command printed. */
async function ok(...args: string[]): Promise<string> {
  const { text, stderr, exitCode } = await runHere(...args);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return text;
}

interface Place {
  readonly offset: number;
  readonly length: number;
}
const area = async (): Promise<Place> =>
  JSON.parse(await ok('dev', 'show', 'iso', '--ignition', iso));

/** What xz and cpio read in the area: `mode path`, and the bytes after the archive. */
async function archive() {
  const { offset, length } = await area();
  const bytes = readFileSync(iso).subarray(offset, offset + length);
  expect(bytes.length).toBe(length);
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  // The end of an .xz stream may be followed by zeros that belong to nothing.
  const packed = bytes.subarray(0, end);
  expect(packed.subarray(0, 8).toString('hex')).toBe('fd377a585a000001');
  execFileSync('xz', ['--test'], { input: packed });
  const cpio = execFileSync('xz', ['--decompress'], { input: packed });
  const list = execFileSync('cpio', ['-itv', '--quiet'], { input: cpio }).toString();
  return list.split('\n').flatMap((line) => {
    const words = line.split(/ +/);
    return words.length > 1 ? [`${words[0]} ${words.at(-1)}`] : [];
  });
}

describe('iso ignition', () => {
  test('what is embedded is shown; removed, the image is what it was', async () => {
    const config = file('broken.ign', '{"ignition": \0 not JSON \u001b[2J');
    await ok('iso', 'ignition', 'embed', '-i', config, iso);
    expect(await archive()).toEqual(['-rw------- config.ign']);
    expect(await ok('iso', 'ignition', 'show', iso)).toBe(readFileSync(config, 'utf8'));
    expect(statSync(iso).size).toBe(statSync(pristine).size);
    await ok('iso', 'ignition', 'remove', iso);
    expect(isAsBuilt()).toBe(true);
    const { stderr, exitCode } = await runHere('iso', 'ignition', 'show', iso);
    expect(stderr).toContain('No embedded Ignition config.');
    expect(exitCode).toBe(1);
  });

  test('by standard input; another one only with --force', async () => {
    await runSource(['iso', 'ignition', 'embed', iso], { input: 'first' });
    const again = await runHere('iso', 'ignition', 'embed', '-i', file('second', 'second'), iso);
    expect(again.stderr).toContain('already has an embedded Ignition config; use -f');
    expect(again.exitCode).toBe(1);
    expect(await ok('iso', 'ignition', 'show', iso)).toBe('first');
    await ok('iso', 'ignition', 'embed', '-f', '-i', file('second', 'second'), iso);
    expect(await ok('iso', 'ignition', 'show', iso)).toBe('second');
  });

  test('one that is too large is refused, and nothing is changed', async () => {
    writeFileSync(path('large'), randomBytes(300_000));
    const { stderr, exitCode } = await runHere('iso', 'ignition', 'embed', '-i', 'large', iso);
    expect(stderr).toMatch(/Compressed initramfs is too large: 30\d{4} > 262144/);
    expect(exitCode).toBe(1);
    expect(isAsBuilt()).toBe(true);
  });
});

describe('iso network', () => {
  test('keyfiles are embedded, replaced as a whole, extracted and removed', async () => {
    file('config.ign', '{}');
    const [a, b] = [file('a.nmconnection', '[connection]\nid=a\n'), file('b.nmconnection', 'b')];
    await ok('iso', 'ignition', 'embed', '-i', 'config.ign', iso);
    await ok('iso', 'network', 'embed', '-k', b, '-k', a, iso);
    expect(await archive()).toEqual([
      '-rw------- config.ign',
      'drwxr-xr-x etc',
      'drwxr-xr-x etc/coreos-firstboot-network',
      '-rw------- etc/coreos-firstboot-network/a.nmconnection',
      '-rw------- etc/coreos-firstboot-network/b.nmconnection',
    ]);
    expect(await ok('iso', 'network', 'extract', iso)).toBe(
      '########## a.nmconnection ##########\n[connection]\nid=a\n\n########## b.nmconnection ##########\nb',
    );
    const refused = await runHere('iso', 'network', 'embed', '-k', a, iso);
    expect(refused.stderr).toContain('use -f to force');
    await ok('iso', 'network', 'embed', '-f', '-k', a, iso);
    expect(await ok('iso', 'network', 'extract', '-C', 'out/put', iso)).toBe(
      'out/put/a.nmconnection\n',
    );
    expect(statSync(path('out/put/a.nmconnection')).mode & 0o777).toBe(0o600);
    const again = await runHere('iso', 'network', 'extract', '-C', 'out/put', iso);
    expect(again.stderr).toContain('File exists');
    await ok('iso', 'network', 'remove', iso);
    expect(await archive()).toEqual(['-rw------- config.ign']);
  });

  test('two files of one name are refused, and images that ignore keyfiles', async () => {
    mkdirSync(path('dir'), { recursive: true });
    const [a, b] = [file('x.nmconnection', 'a'), file('dir/x.nmconnection', 'b')];
    const twice = await runHere('iso', 'network', 'embed', '-k', a, '-k', b, iso);
    expect(twice.stderr).toContain('multiple input files named x.nmconnection');
    const old = makeLiveIso(directory, { features: undefined }, 'old.iso');
    const refused = await runHere('iso', 'network', 'embed', '-k', a, old);
    expect(refused.stderr).toContain('This OS image does not support customizing network settings');
    expect(refused.exitCode).toBe(1);
  });
});

describe('iso kargs', () => {
  test('are changed in all boot loaders, and restored', async () => {
    expect(await ok('iso', 'kargs', 'show', iso)).toBe(`${defaultKargs}\n`);
    await ok('iso', 'kargs', 'modify', '-a', 'a=1', '-a', 'b', '-d', 'ignition.firstboot', iso);
    await ok('iso', 'kargs', 'modify', '-r', 'a=1=2', iso);
    const changed = `${defaultKargs.replace(' ignition.firstboot', '')} a=2 b`;
    expect(await ok('iso', 'kargs', 'show', iso)).toBe(`${changed}\n`);
    expect(await ok('iso', 'kargs', 'show', '--default', iso)).toBe(`${defaultKargs}\n`);
    const both = readFileSync(iso).toString('latin1').split(`${changed}\n#####`);
    expect(both).toHaveLength(3);
    await ok('iso', 'kargs', 'reset', iso);
    expect(isAsBuilt()).toBe(true);
  });

  test('are shown as they are, also on what looks like a secret', async () => {
    const url = 'coreos.inst.image_url=https://user:word@h/x.xz?token=1';
    await ok('iso', 'kargs', 'modify', '-a', url, iso);
    expect(await ok('iso', 'kargs', 'show', iso)).toBe(`${defaultKargs} ${url}\n`);
    const other = makeLiveIso(directory, { kargs: url }, 'url.iso');
    expect(JSON.parse(await ok('dev', 'show', 'iso', '--kargs', other)).default).toBe(url);
  });

  test('those that do not fit are refused', async () => {
    const room = 1139 - defaultKargs.length - 1;
    await ok('iso', 'kargs', 'modify', '-a', 'x'.repeat(room - 1), iso);
    await ok('iso', 'kargs', 'reset', iso);
    const { stderr, exitCode } = await runHere(
      'iso',
      'kargs',
      'modify',
      '-a',
      'x'.repeat(room),
      iso,
    );
    expect(stderr).toContain('kargs too large for area: 1140 vs 1139');
    expect(exitCode).toBe(1);
    expect(isAsBuilt()).toBe(true);
  });

  test('an image without areas has none to change', async () => {
    const old = makeLiveIso(directory, { kargsInfo: undefined }, 'old-kargs.iso');
    const { stderr, exitCode } = await runHere('iso', 'kargs', 'show', old);
    expect(stderr).toContain('No karg embed areas found; old or corrupted CoreOS ISO image.');
    expect(exitCode).toBe(1);
  });

  test('what an interrupted change left is named, and reset restores it', async () => {
    await ok('iso', 'kargs', 'modify', '-a', 'a', iso);
    const { kargs } = JSON.parse(await ok('dev', 'show', 'iso', '--kargs', iso));
    const bytes = readFileSync(iso);
    readFileSync(pristine).copy(bytes, kargs[0].offset, kargs[0].offset, kargs[0].offset + 1139);
    writeFileSync(iso, bytes);
    const { stderr } = await runHere('iso', 'kargs', 'show', iso);
    expect(stderr).toContain('different kernel arguments');
    await ok('iso', 'kargs', 'reset', iso);
    expect(isAsBuilt()).toBe(true);
  });
});

describe('the output', () => {
  test('is a new file, for its owner only, and never replaces one', async () => {
    await ok('iso', 'kargs', 'modify', '-a', 'a', '-o', 'new.iso', iso);
    expect(isAsBuilt()).toBe(true);
    expect(await ok('iso', 'kargs', 'show', 'new.iso')).toBe(`${defaultKargs} a\n`);
    expect(statSync(path('new.iso')).mode & 0o777).toBe(0o600);
    const before = readFileSync(path('new.iso'));
    const { stderr, exitCode } = await runHere('iso', 'reset', '-o', 'new.iso', iso);
    expect(stderr).toContain('File exists');
    expect(exitCode).toBe(1);
    expect(readFileSync(path('new.iso')).equals(before)).toBe(true);
    expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('is standard output with -', async () => {
    const { stdout, stderr } = await runHere('iso', 'kargs', 'modify', '-a', 'a', '-o', '-', iso);
    expect(stderr).toBe('');
    writeFileSync(path('piped.iso'), stdout);
    expect(await ok('iso', 'kargs', 'show', 'piped.iso')).toBe(`${defaultKargs} a\n`);
    expect(isAsBuilt()).toBe(true);
  });

  test.each([
    ['iso kargs modify', ['-a', 'a', '-o', '-']],
    ['iso kargs show', []],
    ['dev show iso', []],
  ])('of %s that cannot be written ends it with 1', async (command, options) => {
    const args = [...command.split(' '), ...options, iso];
    expect(await runWithOutput('/dev/full', args)).toEqual({
      stderr: expect.stringMatching(/^Cannot write to standard output: ENOSPC.*output-failed\]\n$/),
      exitCode: 1,
    });
  });

  test.each([
    ['iso kargs modify', ['-a', 'a', '-o', '-']],
    ['dev show iso', []],
  ])('of %s that is in a file in part ends it with 1', async (command, options) => {
    const args = [...command.split(' '), ...options, iso];
    const limited = await runWithOutput(path('part'), args, { isLimited: true });
    expect(limited).toMatchObject({ stderr: expect.stringContaining('EFBIG'), exitCode: 1 });
  });
});

describe('what is no live ISO', () => {
  test.each([
    ['text', (name: string) => writeFileSync(name, 'x'.repeat(50_000)), 'it is not an ISO image'],
    ['nothing', (name: string) => writeFileSync(name, ''), 'it is not an ISO image'],
    [
      'a part of one',
      (name: string) => {
        copyFileSync(pristine, name);
        truncateSync(name, statSync(name).size - 1);
      },
      'ISO image is incomplete',
    ],
    ['a directory', (name: string) => mkdirSync(name), 'it is not a regular file'],
  ])('%s', async (what, make, why) => {
    const name = path(`no ${what}`);
    make(name);
    const { stderr, exitCode } = await runHere('iso', 'ignition', 'show', name);
    expect(stderr).toContain(why);
    expect(exitCode).toBe(1);
  });

  test('an ISO of something else', async () => {
    const parts = { ignitionInfo: undefined, files: { 'IMAGES/IGNITION.IMG': undefined } };
    const other = makeLiveIso(directory, parts, 'other.iso');
    const { stderr } = await runHere('iso', 'reset', other);
    expect(stderr).toContain('Unrecognized CoreOS ISO image.');
  });
});
