import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withPlatformId } from '../../../src/install/bls.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';

const entry = `title Fedora CoreOS 31.20191127.1 (ostree:0)
version 1
# options ignition.platform.id=comment
options $ignition_firstboot rootflags=defaults,prjquota rw ignition.platform.id=metal $ignition_x
linux /ostree/fedora-coreos-1/vmlinuz
initrd /ostree/fedora-coreos-1/initramfs.img
`;

test('the platform of the image is replaced, and nothing else changes', () => {
  expect(withPlatformId(entry, 'qemu')).toBe(
    entry.replace('ignition.platform.id=metal', 'ignition.platform.id=qemu'),
  );
});

describe('the options line', () => {
  test.each([
    ['appended', 'options a b\n', 'options a b ignition.platform.id=X\n'],
    ['at the front', 'options ignition.platform.id=m a\n', 'options ignition.platform.id=X a\n'],
    ['no final newline', 'options a', 'options a ignition.platform.id=X'],
    ['CRLF', 'options a\r\nlinux /b\r\n', 'options a ignition.platform.id=X\r\nlinux /b\r\n'],
    ['CRLF, replaced', 'options ignition.platform.id=m\r\n', 'options ignition.platform.id=X\r\n'],
    ['tabs', 'options\ta\tignition.platform.id=m\tb\n', 'options\ta\tignition.platform.id=X\tb\n'],
    [
      'trailing blanks',
      'options a \t\nlinux /b\n',
      'options a ignition.platform.id=X \t\nlinux /b\n',
    ],
    ['indented', '  options a\n', '  options a ignition.platform.id=X\n'],
    ['empty', 'options\nlinux /b\n', 'options ignition.platform.id=X\nlinux /b\n'],
    ['empty value', 'options ignition.platform.id= a\n', 'options ignition.platform.id=X a\n'],
    [
      'given more than once',
      'options ignition.platform.id=m a ignition.platform.id=n b\n',
      'options ignition.platform.id=X a b\n',
    ],
    ['several lines', 'options a\noptions b\n', 'options a ignition.platform.id=X\noptions b\n'],
    [
      'several lines, on the second',
      'options a\noptions b ignition.platform.id=m\n',
      'options a\noptions b ignition.platform.id=X\n',
    ],
    [
      'several lines, on both',
      'options ignition.platform.id=m\noptions b ignition.platform.id=m\n',
      'options ignition.platform.id=X\noptions b\n',
    ],
    [
      'names that only resemble it',
      'options xignition.platform.id=m ignition.platform.idx=m a=ignition.platform.id=m\n',
      'options xignition.platform.id=m ignition.platform.idx=m a=ignition.platform.id=m ignition.platform.id=X\n',
    ],
    ['other keys', 'optionsx a\noptions b\n', 'optionsx a\noptions b ignition.platform.id=X\n'],
    [
      'within quotes',
      'options a="b ignition.platform.id=metal c"\n',
      'options a="b ignition.platform.id=metal c" ignition.platform.id=X\n',
    ],
    [
      'within quotes, and by itself',
      'options a="b ignition.platform.id=m" ignition.platform.id=m c\r\n',
      'options a="b ignition.platform.id=m" ignition.platform.id=X c\r\n',
    ],
    [
      'quoted as a whole',
      'options "ignition.platform.id=m" a\n',
      'options ignition.platform.id=X a\n',
    ],
    [
      'its value quoted',
      'options ignition.platform.id="m" a\n',
      'options ignition.platform.id=X a\n',
    ],
    [
      "within GRUB's quotes",
      "options a='b ignition.platform.id=m c'\n",
      "options a='b ignition.platform.id=m c' ignition.platform.id=X\n",
    ],
    [
      'behind an escaped blank or quote',
      `${String.raw`options a=b\ ignition.platform.id=m c="d\" ignition.platform.id=m e"`}\n`,
      String.raw`options a=b\ ignition.platform.id=m c="d\" ignition.platform.id=m e" ignition.platform.id=X` +
        '\n',
    ],
    [
      'a double quote left open',
      'options a="b ignition.platform.id=m\nlinux /b\n',
      'options ignition.platform.id=X a="b ignition.platform.id=m\nlinux /b\n',
    ],
    ['a backslash at the end', 'options a\\\n', 'options ignition.platform.id=X a\\\n'],
    [
      'an apostrophe',
      "options a=it's ignition.platform.id=m\n",
      "options a=it's ignition.platform.id=X\n",
    ],
    ['without a value', 'options ignition.platform.id a\n', 'options ignition.platform.id=X a\n'],
    ['none', 'linux /b\n', 'linux /b\noptions ignition.platform.id=X\n'],
    ['none, no final newline', 'linux /b', 'linux /b\noptions ignition.platform.id=X\n'],
  ])('%s', (_, before, after) => {
    expect(withPlatformId(before, 'X')).toBe(after);
  });
});

test('doing it twice changes nothing more, and the platform stands there once', () => {
  const word = fc.constantFrom(
    'options',
    'ignition.platform.id=m',
    'ro',
    ' ',
    '\t',
    '\n',
    '\r\n',
    'é',
  );
  fc.assert(
    fc.property(
      fc.array(word).map((words) => words.join('')),
      (text) => {
        const once = withPlatformId(text, 'X');
        expect(withPlatformId(once, 'X')).toBe(once);
        const options = once.split('\n').filter((line) => /^[ \t]*options(\s|$)/.test(line));
        const words = options.flatMap((line) => line.split(/\s+/));
        expect(words.filter((w) => w === 'ignition.platform.id=X')).toHaveLength(1);
        expect(words).not.toContain('ignition.platform.id=m');
      },
    ),
  );
});

test('the kernel gets the platform once, and every other argument as it was', () => {
  const pieces = fc.constantFrom(
    'a',
    '"',
    ' ',
    '\t',
    '=',
    'ignition.platform.id=m',
    '$x',
    '\n',
    '\r\n',
  );
  const lines = fc.array(fc.array(pieces, { maxLength: 12 }).map((words) => words.join('')));
  fc.assert(
    fc.property(lines, (texts) => {
      // Each line's quotes are its own.
      const text = texts
        .map((line) => `options ${line.replaceAll(/\r?\n/g, ' ')}\n`)
        .join('linux /b\n');
      const words = (of: string) =>
        [...of.matchAll(/^options(.*)$/gm)]
          .flatMap(([, line = '']) => parseKernelArguments(line))
          .map(({ raw }) => raw);
      const isPlatform = (raw: string) =>
        /^ignition\.platform\.id(=|$)/.test(raw.replaceAll('"', ''));
      const after = words(withPlatformId(text, 'X'));
      expect(after.filter(isPlatform)).toEqual(['ignition.platform.id=X']);
      expect(after.filter((raw) => !isPlatform(raw))).toEqual(
        words(text).filter((raw) => !isPlatform(raw)),
      );
    }),
    { numRuns: 2000 },
  );
});

test('takes time that grows with the length only', () => {
  for (const piece of ['"', "'", '\\', '" ', "' a", 'a ', ' ', '"\\', 'ignition.platform.id=m ']) {
    const before = performance.now();
    withPlatformId(`options ${piece.repeat(100_000)}`, 'X');
    expect(performance.now() - before).toBeLessThan(2000);
  }
});
