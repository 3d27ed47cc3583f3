import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { formatDigest } from '../../../src/lib/digest.ts';
import { InputError } from '../../../src/lib/errors.ts';
import { digestIn } from '../../../src/verify/checksum-file.ts';

const a = 'a1'.repeat(32);
const b = 'b2'.repeat(32);
const long = 'c3'.repeat(64);
const lookUp = (text: string, name = 'x.raw.xz') => formatDigest(digestIn(text, name, 'SUMS'));

describe('what the tools print', () => {
  const directory = mkdtempSync(join(tmpdir(), 'checksums-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'x.raw.xz'), 'image');
  writeFileSync(join(directory, 'a \\ b'), 'odd');
  const print = (tool: string, ...args: string[]) =>
    execFileSync(tool, args, { cwd: directory, encoding: 'utf8' });
  const image = '6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d';

  test.each([
    ['sha256sum', ['x.raw.xz', 'a \\ b']],
    ['sha256sum', ['--binary', 'a \\ b', './x.raw.xz']],
    ['sha256sum', ['--tag', 'x.raw.xz', 'a \\ b']],
    ['openssl', ['dgst', '-sha256', 'x.raw.xz']],
  ])('%s %j', (tool, args) => {
    expect(lookUp(print(tool, ...args))).toBe(`sha256:${image}`);
  });

  test('with an escaped name', () => {
    const text = print('sha256sum', 'a \\ b', 'x.raw.xz');
    expect(text).toMatch(/^\\/);
    expect(lookUp(text, 'a \\ b')).toBe(`sha256:${text.slice(1, 65)}`);
  });

  test('of standard input', () => {
    const text = execFileSync('sha512sum', { cwd: directory, input: 'image', encoding: 'utf8' });
    expect(lookUp(text)).toBe(`sha512:${text.slice(0, 128)}`);
  });
});

test.each([
  ['a bare digest', `${a}\n`, a],
  ['a bare digest in capitals, with a Windows line end', `${a.toUpperCase()}\r\n`, a],
  [
    'a signed CHECKSUM file',
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# x.raw.xz: 454 bytes\nSHA256 (x.raw.xz) = ${a}\n# y: 1 bytes\nSHA256 (y) = ${b}\n-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCAAdFiEE\n-----END PGP SIGNATURE-----\n`,
    a,
  ],
  ['a weak digest beside', `${'0'.repeat(32)}  x.raw.xz\n${a}  x.raw.xz\n`, a],
  ['the same twice', `${a}  x.raw.xz\n${a} *x.raw.xz\n`, a],
])('%s', (_, text, hex) => {
  expect(lookUp(text)).toBe(`sha256:${hex}`);
});

test('of two kinds the stronger counts', () => {
  expect(lookUp(`${a}  x.raw.xz\nSHA512 (x.raw.xz) = ${long}\n`)).toBe(`sha512:${long}`);
});

test.each([
  ['not listed', `${a}  y\n${b}  z\n`, /does not list that file, but "y", "z"\. /],
  ['one of many others', Array.from({ length: 9 }, (_, i) => `${a}  f${i}`).join('\n'), /6 more/],
  ['empty', '', /lists no file at all/],
  ['something else', '{"images":[]}', /lists no file at all/],
  ['listed twice', `${a}  x.raw.xz\n${b}  x.raw.xz\n`, /different SHA-256 digests/],
  ['listed in two directories', `${a}  1/x.raw.xz\n${b}  2/x.raw.xz\n`, /different SHA-256/],
  ['weak', `${'0'.repeat(40)}  x.raw.xz\nMD5 (x.raw.xz) = ${'0'.repeat(32)}\n`, /MD5, SHA-1/],
  ['called SHA-256 and too short', `SHA256 (x.raw.xz) = ${'0'.repeat(40)}\n`, /not with SHA-256/],
  ['the only line, of another image', `${a}  older.raw.xz\n`, /does not list .* but "older/],
  ['of another kind of the same length', `SHA3-256 (x.raw.xz) = ${a}\n`, /not with SHA-256/],
  ['called SHA-512, and half as long', `SHA512 (x.raw.xz) = ${a}\n`, /not with SHA-256/],
  ['two bare digests', `${a}\n${b}\n`, /no file/],
])('%s: refused', (_, text, words) => {
  expect(() => lookUp(text)).toThrow(InputError);
  expect(() => lookUp(text)).toThrow(words);
});

test('control characters in names are not shown as they are', () => {
  const text = `${a}  \u001b[2Jy\n${b}  z\n`;
  expect(() => lookUp(text)).toThrow(/"\\u001b\[2Jy"/);
});

test('any text gives a digest or an InputError', () => {
  const piece = fc.oneof(
    fc.constantFrom(a, b, long, 'x.raw.xz', '  ', ' *', '\\', '(', ')', ' = ', 'SHA256', '\n'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      // Two digests of 64 digits beside each other are one of 128.
      const text = pieces.join('');
      try {
        const { hex } = digestIn(text, 'x.raw.xz', 'SUMS');
        expect(text.toLowerCase()).toContain(hex);
        expect(hex).toMatch(/^([0-9a-f]{64}){1,2}$/);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }),
  );
});
