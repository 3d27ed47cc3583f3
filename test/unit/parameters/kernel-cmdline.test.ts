import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import {
  booleanArgument,
  parseKernelArguments,
  readKernelArguments,
} from '../../../src/parameters/kernel-cmdline.ts';

const pairs = (text: string) => parseKernelArguments(text).map(({ name, value }) => [name, value]);

describe('kernel command line text', () => {
  test.each([
    ['', []],
    ['  \t\n ', []],
    ['quiet', [['quiet', undefined]]],
    ['a=', [['a', '']]],
    ['a=b=c', [['a', 'b=c']]],
    ['=a=b', [['=a', 'b']]],
    [
      ' a  b\tc\nd ',
      [
        ['a', undefined],
        ['b', undefined],
        ['c', undefined],
        ['d', undefined],
      ],
    ],
    [
      'name="a b" c',
      [
        ['name', 'a b'],
        ['c', undefined],
      ],
    ],
    [
      '"name=a b" c',
      [
        ['name', 'a b'],
        ['c', undefined],
      ],
    ],
    ['"name"', [['name', undefined]]],
    // Quotes inside a value switch quoting, but stay in it.
    ['a=b"c d"e', [['a', 'b"c d"e']]],
    ['a="b"c"d"', [['a', 'b"c"d']]],
    [
      'a="" b',
      [
        ['a', ''],
        ['b', undefined],
      ],
    ],
    // A quote that is never closed reaches to the end.
    ['a="b c', [['a', 'b c']]],
    ['"a b', [['a b', undefined]]],
    ['"', [['', undefined]]],
    [
      "a='b c'",
      [
        ['a', "'b"],
        ["c'", undefined],
      ],
    ],
    ['a=b\\" c"', [['a', 'b\\" c"']]],
    ['a=ü€😀', [['a', 'ü€😀']]],
    [
      '-- --init',
      [
        ['--', undefined],
        ['--init', undefined],
      ],
    ],
  ])('%j', (text, expected) => {
    expect(pairs(text)).toEqual(expected);
  });

  test('an argument remembers how it was written', () => {
    expect(parseKernelArguments('x "ip=a b"  bond="c d"').map(({ raw }) => raw)).toEqual([
      'x',
      '"ip=a b"',
      'bond="c d"',
    ]);
  });

  test('whatever is quoted either way is read back', () => {
    const name = fc.stringMatching(/^[A-Za-z][\w.-]*$/);
    const value = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('"', "'"));
    const quoted = fc.tuple(name, value, fc.boolean()).map(([n, v, whole]) => ({
      name: n,
      value: v,
      raw: whole ? `"${n}=${v}"` : `${n}="${v}"`,
    }));
    fc.assert(
      fc.property(fc.array(quoted), (args) => {
        expect(parseKernelArguments(args.map(({ raw }) => raw).join(' '))).toEqual(args);
      }),
    );
  });

  test('no text is lost but white space outside quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '=', '"', ' ', '\t', '\\') }), (text) => {
        const raws = parseKernelArguments(text).map(({ raw }) => raw);
        expect(parseKernelArguments(raws.join(' ')).map(({ raw }) => raw)).toEqual(raws);
        expect(raws.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
      }),
    );
  });
});

describe('a boolean argument', () => {
  test.each([
    ['flag', true],
    ['flag=1', true],
    ['flag=yes', true],
    ['flag=on', true],
    ['flag="on"', true],
    ['flag=0', false],
    ['flag=no', false],
    ['flag=off', false],
    ['flag=0 flag', true],
    ['flag flag=no', false],
    ['flags', undefined],
  ])('%s is %s', (text, expected) => {
    expect(booleanArgument(parseKernelArguments(text), 'flag')).toBe(expected);
  });

  test.each(['flag=', 'flag=true', 'flag=2', 'flag flag=maybe'])('%s is refused', (text) => {
    expect(() => booleanArgument(parseKernelArguments(text), 'flag')).toThrow(ParameterError);
  });
});

describe('where kernel arguments are read', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cmdline-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function put(path: string, text: string) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const names = async () => (await readKernelArguments(root)).map(({ name }) => name);

  test('nowhere: there are none', async () => {
    expect(await readKernelArguments(root)).toEqual([]);
  });

  test('drop-ins by name, /etc/cmdline, the boot loader, and last what dracut has stored during the boot', async () => {
    await put('proc/cmdline', 'a=loader proc\n');
    await put('etc/cmdline', 'a=etc cmdline');
    await put('etc/cmdline.d/20-b.conf', 'second');
    await put('etc/cmdline.d/10-a.conf', 'first');
    await put('run/initramfs/cmdline.d/10.conf', 'run');
    expect(await names()).toEqual(['first', 'second', 'a', 'cmdline', 'a', 'proc', 'run']);
    expect((await readKernelArguments(root)).at(-3)?.value).toBe('loader');
  });

  test('lines separate, also with CRLF, and a # is no comment', async () => {
    await put('etc/cmdline.d/a.conf', 'a\r\n  b\n\n# c\n');
    expect(await names()).toEqual(['a', 'b', '#', 'c']);
  });

  test('only files that a shell finds as *.conf', async () => {
    await put('etc/cmdline.d/a.conf~', 'a');
    await put('etc/cmdline.d/.b.conf', 'b');
    await put('etc/cmdline.d/c.conf/d.conf', 'd');
    expect(await names()).toEqual([]);
  });

  test('those of the medium’s keyfiles are known', async () => {
    await put('etc/cmdline.d/05-coreos-keyfiles.conf', 'ip=eth0:dhcp\n');
    await put('proc/cmdline', 'ip=eth1:dhcp');
    const all = await readKernelArguments(root);
    expect(all.map(({ value, ofKeyfiles }) => [value, ofKeyfiles])).toEqual([
      ['eth0:dhcp', true],
      ['eth1:dhcp', undefined],
    ]);
  });

  test('a quote left open does not reach into the next file', async () => {
    await put('etc/cmdline.d/a.conf', 'a="b c');
    await put('proc/cmdline', 'd');
    expect(await names()).toEqual(['a', 'd']);
  });
});
