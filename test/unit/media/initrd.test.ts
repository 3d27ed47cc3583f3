import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DecodeFault } from '../../../src/decode/fault.ts';
import { makeCpio } from '../../../src/media/cpio.ts';
import { packMembers, readInitrd, readMembers } from '../../../src/media/initrd.ts';
import { type Compression, compress, makeCpioByTool } from '../../support/live-iso.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'initrd-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const mib = 1024 * 1024;
const limits = { unpackedBytes: 8 * mib, keptBytes: mib };

async function* inPieces(bytes: Uint8Array, pieceBytes: number) {
  // In the same memory each time, as files are read.
  const memory = new Uint8Array(pieceBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    memory.fill(0xee);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
  }
}

async function read(bytes: Uint8Array, pieceBytes = 65_536, wanted = (_: string) => true) {
  const members = await readMembers(inPieces(bytes, pieceBytes), wanted, limits);
  return Object.fromEntries(
    [...members].map(([path, content]) => [path, `${Buffer.from(content)}`]),
  );
}

const files = { 'a/b': 'B'.repeat(70_001), 'a/empty': '', './c': 'c' };
const found = { 'a/b': files['a/b'], 'a/empty': '', c: 'c' };
const all: readonly Compression[] = ['raw', 'gzip', 'xz', 'zstd'];

describe.each(all)('an archive that is %s', (compression) => {
  test.each([1, 7, 4096, 1 << 20])('in pieces of %d bytes', async (pieceBytes) => {
    const archive = compress(makeCpioByTool(files, directory), compression);
    expect(await read(archive, pieceBytes)).toEqual(found);
  });

  test('that is truncated anywhere is refused', async () => {
    const archive = compress(makeCpioByTool(files, directory), compression);
    // cpio fills the last block with zeros.
    const end = compression === 'raw' ? archive.lastIndexOf('TRAILER!!!') : archive.length;
    for (const length of [1, 5, 6, 20, 109, end - 100, end - 1])
      await expect(read(archive.subarray(0, length))).rejects.toThrow(DecodeFault);
  });
});

test('several archives, with zeros between them: the last file of one name counts', async () => {
  const parts = all.map((compression, index) =>
    compress(
      makeCpioByTool({ same: `${index}`, [`only-${compression}`]: 'x' }, directory),
      compression,
    ),
  );
  const bytes = Buffer.concat([
    ...parts.flatMap((part) => [part, Buffer.alloc(512)]),
    Buffer.alloc(5),
  ]);
  expect(await read(bytes, 999)).toEqual({
    same: '3',
    ...Object.fromEntries(all.map((compression) => [`only-${compression}`, 'x'])),
  });
  expect(await read(bytes, 999, (path) => path === 'same')).toEqual({ same: '3' });
  expect(await read(Buffer.alloc(3000))).toEqual({});
  expect(await read(Buffer.alloc(0))).toEqual({});
});

test('names may be padded with NULs; directories and links are left out', async () => {
  const archive = makeCpioByTool({ name: 'n' }, directory);
  // Eight hexadecimal digits of the name's length, and the name with three NULs more.
  const header = archive.toString('latin1', 0, 94);
  const padded = `${header}${(8).toString(16).padStart(8, '0')}00000000name\0\0\0\0`;
  const rest = archive.subarray(110 + 6);
  const bytes = Buffer.concat([Buffer.from(padded), Buffer.alloc(2), rest]);
  expect(await read(bytes)).toEqual({ name: 'n' });
  symlinkSync('name', join(directory, 'link'));
  const input = '.\nlink\nname\n';
  const withLink = execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { cwd: directory, input });
  expect(await read(withLink)).toEqual({ name: 'n' });
});

describe('what is refused', () => {
  const fails = async (bytes: Uint8Array, why: RegExp) =>
    await expect(read(bytes)).rejects.toThrow(why);

  test('other data, at the beginning, between archives, and after one within the compressed data', async () => {
    const archive = makeCpioByTool({ x: 'x' }, directory);
    await fails(Buffer.from('not an archive'), /no cpio archive/);
    await fails(Buffer.concat([archive, Buffer.from('x')]), /no cpio archive/);
    await fails(compress(Buffer.concat([archive, Buffer.from('x')]), 'gzip'), /other data follows/);
    await fails(compress(Buffer.from('text'.repeat(100)), 'zstd'), /not a cpio archive/);
  });

  test('lengths that would need too much memory, and too much data', async () => {
    const archive = makeCpioByTool({ x: 'x' }, directory);
    const size = (bytes: string) =>
      Buffer.concat([archive.subarray(0, 54), Buffer.from(bytes), archive.subarray(62)]);
    await fails(size('ffffffff'), /more than 1.0 MiB/);
    await fails(
      Buffer.concat([archive.subarray(0, 94), Buffer.from('7fffffff'), archive.subarray(102)]),
      /a name in the cpio archive/,
    );
    const bomb = makeCpioByTool({ bomb: Buffer.alloc(9 * mib) }, directory);
    const skip = readMembers(inPieces(compress(bomb, 'xz'), 4096), () => false, limits);
    await expect(skip).rejects.toThrow('more than 8.0 MiB unpacked');
  });

  test('a dictionary of more than 64 MiB', async () => {
    const archive = makeCpioByTool({ x: 'x' }, directory);
    const pack = (program: string, ...args: string[]) =>
      execFileSync(program, [...args, '-c'], { input: archive });
    await fails(pack('xz', '--lzma2=dict=128MiB'), /more than 64 MiB of memory/);
    expect(await read(pack('xz', '-9'))).toEqual({ x: 'x' });
    // Not a single segment: by its size zstd would use a smaller window.
    const large = Buffer.concat([pack('zstd', '--long=27', '--no-content-size'), Buffer.alloc(4)]);
    large[5] = 17 << 3;
    await fails(large, /more than 64 MiB of memory/);
  });
});

test('what is packed is one xz stream with CRC32, read by xz and cpio, with modes and directories', async () => {
  const members = new Map([
    ['z/y/file', Buffer.from('1234567')],
    ['config.ign', Buffer.alloc(100_001, 'c')],
  ]);
  const packed = await packMembers(members);
  expect(packed.subarray(0, 8).toString('hex')).toBe('fd377a585a000001');
  execFileSync('xz', ['--test'], { input: packed });
  const path = join(directory, 'packed.xz');
  writeFileSync(path, packed);
  const totals = `${execFileSync('xz', ['--robot', '--list', path])}`
    .split('\n')
    .at(-2)
    ?.split('\t');
  expect([totals?.[1], totals?.[2], totals?.[6]]).toEqual(['1', '1', 'CRC32']);
  const cpio = execFileSync('xz', ['-dc'], { input: packed });
  const lines = execFileSync('cpio', ['-itv', '--numeric-uid-gid', '--quiet'], { input: cpio })
    .toString()
    .trim()
    .split('\n');
  expect(
    lines
      .map((line) => line.split(/ +/))
      .map((words) => [words[0], words[2], words[4], words.at(-1)]),
  ).toEqual([
    ['-rw-------', '0', '100001', 'config.ign'],
    ['drwxr-xr-x', '0', '0', 'z'],
    ['drwxr-xr-x', '0', '0', 'z/y'],
    ['-rw-------', '0', '7', 'z/y/file'],
  ]);
  expect(await read(packed)).toEqual({ 'z/y/file': '1234567', 'config.ign': 'c'.repeat(100_001) });
  expect(await packMembers(members)).toEqual(packed);
  expect(await packMembers(new Map())).toHaveLength(0);
});

test('an archive of more files and directories than any initramfs has is refused', async () => {
  const names = [...Array(1000).keys()].map(String);
  const archiveOf = (paths: readonly string[]) =>
    Buffer.concat(makeCpio(new Map(paths.map((path) => [path, new Uint8Array()]))));
  // The end of an archive counts, too.
  const files = Array(99).fill(archiveOf(names));
  expect(Object.keys(await read(Buffer.concat(files)))).toHaveLength(1000);
  const inDirectories = Array(50).fill(archiveOf(names.map((name) => `${name}/file`)));
  await expect(read(Buffer.concat(inDirectories))).rejects.toThrow(
    'it has more than 100000 files and directories',
  );
});

test('a signal ends the reading of what one small piece is unpacked to', async () => {
  const stop = new AbortController();
  const archive = compress(makeCpioByTool({ zeros: Buffer.alloc(4 * mib) }, directory), 'gzip');
  let passedBytes = 0;
  const reading = readInitrd(
    inPieces(archive, archive.length),
    () => (bytes) => {
      passedBytes += bytes.length;
      stop.abort(new Error('stopped'));
    },
    { unpackedBytes: 8 * mib, signal: stop.signal },
  );
  await expect(reading).rejects.toThrow('stopped');
  expect(passedBytes).toBeLessThan(mib);
});
