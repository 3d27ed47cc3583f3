import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { openFile } from '../../../src/media/open-file.ts';
import { writeIso } from '../../../src/media/write-iso.ts';
import { makeLiveIso } from '../../support/live-iso.ts';
import { never } from '../../support/read.ts';
import { runHere } from '../../support/run-here.ts';

const own = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../dracut/30coreos-installer/features.json'),
    'utf8',
  ),
);
// More than one piece, and no whole number of sectors.
const image = Buffer.alloc(3 * 1024 * 1024 + 1001, 'image');

let directory: string;
let pristine: Buffer;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'added-files-'));
  process.chdir(directory);
  pristine = readFileSync(makeLiveIso(directory, { features: own, isOwn: true }, 'pristine.iso'));
  for (const name of ['fcos.raw.xz', 'other.raw.xz', 'unsigned.raw.xz']) writeFileSync(name, image);
  for (const name of ['fcos', 'other']) writeFileSync(`${name}.raw.xz.sig`, `signature of ${name}`);
  writeFileSync('empty', '');
  writeFileSync('a b', image);
  writeFileSync('Ignition.img', image);
  writeFileSync('site.yaml', 'insecure: true\n');
  writeFileSync('stream.yaml', 'stream: stable\n');
});
afterAll(() => {
  process.chdir('/');
  rmSync(directory, { recursive: true });
});
beforeEach(() => writeFileSync('test.iso', pristine));

const run = (...args: string[]) => runHere('iso', 'customize', ...args);
async function customized(...args: string[]): Promise<string> {
  const { exitCode, stderr } = await run('--dest-device=/dev/vda', ...args);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stderr;
}

const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** Digests of the files in its directory, as another program reads them. */
function inside(iso: string): Record<string, string> {
  rmSync('out', { recursive: true, force: true });
  const args = ['-osirrox', 'on', '-indev', iso, '-extract', '/images', 'out'];
  execFileSync('xorriso', args, { stdio: 'pipe' });
  const names = execFileSync('ls', ['out']).toString().split('\n').filter(Boolean);
  const found = names
    .filter((name) => name.toUpperCase() !== 'IGNITION.IMG' && name.toUpperCase() !== 'PXEBOOT')
    .map((name) => [name, digest(readFileSync(join('out', name)))]);
  execFileSync('chmod', ['-R', 'u+w', 'out']);
  return Object.fromEntries(found);
}

async function config(iso: string): Promise<object> {
  const { offset, length } = JSON.parse(
    (await runHere('dev', 'show', 'iso', '--ignition', iso)).text,
  );
  writeFileSync('area.img', readFileSync(iso).subarray(offset, offset + length));
  rmSync('area', { recursive: true, force: true });
  await runHere('dev', 'extract', 'initrd', '-C', 'area', 'area.img');
  return parse(readFileSync('area/etc/coreos/installer.d/0000-customize.yaml', 'utf8'));
}

const both = {
  'fcos.raw.xz': digest(image),
  'fcos.raw.xz.sig': digest('signature of fcos'),
};

describe.each([
  ['in place', []],
  ['to a new file', ['-o', 'new.iso']],
])('an image is put onto a medium %s', (_, output) => {
  beforeEach(() => rmSync('new.iso', { force: true }));
  const result = output.length > 0 ? 'new.iso' : 'test.iso';

  test('with its signature, and is what is installed', async () => {
    const said = await customized('--image=fcos.raw.xz', ...output, 'test.iso');
    expect(said).not.toContain('signature');
    expect(inside(result)).toEqual(both);
    expect(await config(result)).toEqual({
      'dest-device': '/dev/vda',
      'image-url': 'medium:/images/fcos.raw.xz',
    });
    const { size } = statSync(result);
    expect(size % 2048).toBe(0);
    expect(size - pristine.length).toBeLessThan(image.length + 2 * 2048);
    // Tools ask for the size of the file system, not for that of the file.
    const { length } = JSON.parse((await runHere('dev', 'show', 'iso', result)).text);
    expect(length).toBe(size);
    if (output.length > 0) expect(readFileSync('test.iso').equals(pristine)).toBe(true);
  });

  test('another takes its place, or none', async () => {
    await customized('--image=fcos.raw.xz', 'test.iso');
    const again = await run('--image=other.raw.xz', ...output, 'test.iso');
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('use -f') });
    await customized('-f', '--image=other.raw.xz', ...output, 'test.iso');
    expect(inside(result)).toEqual({
      'other.raw.xz': digest(image),
      'other.raw.xz.sig': digest('signature of other'),
    });
    rmSync('new.iso', { force: true });
    await customized('-f', ...output, 'test.iso');
    expect(inside(result)).toEqual({});
    expect(statSync(result).size).toBe(pristine.length);
  });

  test('and iso reset restores the medium bit by bit', async () => {
    await customized('--image=fcos.raw.xz', '--live-karg-append=a', 'test.iso');
    expect((await runHere('iso', 'reset', ...output, 'test.iso')).exitCode).toBe(0);
    expect(readFileSync(result).equals(pristine)).toBe(true);
  });
});

test('other commands keep it', async () => {
  await customized('--image=fcos.raw.xz', 'test.iso');
  await runHere('iso', 'kargs', 'modify', '-a', 'x', '-o', 'kargs.iso', 'test.iso');
  expect(inside('kargs.iso')).toEqual(both);
});

test.each([0, 16, 0xffff_ffff])(
  'a record that says sector %i is removed all the same',
  async (sector) => {
    await customized('--image=fcos.raw.xz', 'test.iso');
    const bytes = readFileSync('test.iso');
    bytes.writeUInt32LE(sector, bytes.indexOf('MEDIUM0.DAT;1') - 31);
    writeFileSync('test.iso', bytes);
    expect((await runHere('iso', 'reset', 'test.iso')).exitCode).toBe(0);
    expect(readFileSync('test.iso').equals(pristine)).toBe(true);
  },
);

describe.each([1001, 1024 * 1024])('%i bytes that an interrupted copy has left', (left) => {
  beforeEach(() =>
    writeFileSync('test.iso', Buffer.concat([pristine, Buffer.alloc(left, 'left')])),
  );

  test('are removed by iso reset', async () => {
    expect((await runHere('iso', 'reset', 'test.iso')).exitCode).toBe(0);
    expect(readFileSync('test.iso').equals(pristine)).toBe(true);
  });

  test('are in no customized medium', async () => {
    for (const name of ['plain.iso', 'image.iso']) rmSync(name, { force: true });
    await customized('-o', 'plain.iso', 'test.iso');
    expect(statSync('plain.iso').size).toBe(pristine.length);
    await customized('--image=fcos.raw.xz', '-o', 'image.iso', 'test.iso');
    await customized('--image=fcos.raw.xz', 'test.iso');
    expect(inside('test.iso')).toEqual(both);
    expect(readFileSync('image.iso').equals(readFileSync('test.iso'))).toBe(true);
    expect(statSync('test.iso').size - pristine.length).toBeLessThan(image.length + 2 * 2048);
  });
});

test.each([0, 20, 0xffff_ffff])(
  'of a medium that was built with %i sectors nothing is removed',
  async (sectors) => {
    await customized('--image=fcos.raw.xz', 'test.iso');
    const bytes = readFileSync('test.iso');
    const joliet = bytes.indexOf('\x02CD001');
    expect(bytes.toString('latin1', joliet + 88, joliet + 90)).toBe('%/');
    bytes.writeUInt32LE(sectors, joliet + 80);
    writeFileSync('test.iso', bytes);
    const { exitCode, stderr } = await runHere('iso', 'reset', 'test.iso');
    expect(stderr).toContain(`it was built with ${sectors * 2048} bytes`);
    expect(exitCode).toBe(1);
    expect(readFileSync('test.iso').equals(bytes)).toBe(true);
  },
);

test('without a signature that is said, unless none is needed', async () => {
  const words = 'There is no signature unsigned.raw.xz.sig';
  expect(await customized('--image=unsigned.raw.xz', 'test.iso')).toContain(words);
  const args = ['-f', '--image=unsigned.raw.xz', '--installer-config=site.yaml', 'test.iso'];
  expect(await customized(...args)).not.toContain(words);
});

test.each([
  ['an empty file', ['--image=empty'], 'Cannot use empty: it is empty'],
  ['a name with a space', ['--image=a b'], 'cannot have that name'],
  ['the name of the area', ['--image=Ignition.img'], 'cannot have that name'],
  ['a directory', ['--image=.'], 'it is not a regular file'],
  ['a file that is not there', ['--image=missing'], 'there is no such file'],
  [
    'an image beside a stream',
    ['--image=fcos.raw.xz', '--installer-config=stream.yaml'],
    'stream of an installer config names another',
  ],
])('%s is refused, and the medium is not changed', async (_, args, why) => {
  const { exitCode, stderr } = await run(...args, 'test.iso');
  expect(stderr).toContain(why);
  expect(exitCode).toBe(1);
  expect(readFileSync('test.iso').equals(pristine)).toBe(true);
});

test('media of Fedora CoreOS, and those where Linux would not see the file, are refused', async () => {
  makeLiveIso(directory, {}, 'fedora.iso');
  const fedora = await run('--image=fcos.raw.xz', 'fedora.iso');
  expect(fedora).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('only the ISO of this program can contain one'),
  });
  makeLiveIso(directory, { features: own }, 'plain.iso');
  const plain = await run('--image=fcos.raw.xz', 'plain.iso');
  expect(plain).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('no files can be added to this ISO image'),
  });
});

test('a medium is as before where the image cannot be copied', async () => {
  copyFileSync('fcos.raw.xz', 'shrinking');
  await using iso = await openFile('test.iso', 'change');
  await using file = await openFile('shrinking', 'read');
  await using writable = await open('shrinking', 'r+');
  await writable.truncate(2 * 1024 * 1024);
  const patches = [{ startBytes: 0, sizeBytes: 9, bytes: Buffer.from('customize') }];
  const change = { patches, added: [file] };
  const opened = { ...iso, fileBytes: iso.sizeBytes };
  await expect(writeIso(opened, change, undefined, never)).rejects.toThrow('has become shorter');
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  await expect(writeIso(opened, change, undefined, stop.signal)).rejects.toThrow('stopped');
  expect(readFileSync('test.iso').equals(pristine)).toBe(true);
});
