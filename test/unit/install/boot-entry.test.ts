import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  argumentsOf,
  editArguments,
  hasPlatformId,
  isMenuEntry,
  withPlatformId,
} from '../../../src/install/boot-entry.ts';
import { escaped, grubWord, received } from '../../../src/parameters/grub-word.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import { lacks } from '../../support/needs.ts';
import { evaluate } from '../plan/grub-emu.ts';
import { grubWords } from '../plan/grub-script.ts';

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

describe('kernel arguments', () => {
  const edit = (text: string, remove: string[], append: string[] = []) =>
    editArguments(text, [{ remove, append }]);

  test('are removed and added in their line, and nothing else changes', () => {
    const edited = edit(entry, ['rw', 'quiet'], ['a=1', 'quiet']);
    expect(edited).toEqual({
      text: entry
        .replace('prjquota rw ', 'prjquota ')
        .replace('$ignition_x', '$ignition_x a=1 quiet'),
      removed: new Set(['rw']),
    });
  });

  test.each<[string, string, string[], string[], string]>([
    ['every occurrence', 'options a b a c a\nlinux /b\n', ['a'], [], 'options b c\nlinux /b\n'],
    ['with its value alone', 'options a a=1 a=2\n', ['a=1'], [], 'options a a=2\n'],
    ['however it is quoted', `options "a=b c" a='b c' a="b c" d\n`, ['a=b c'], [], 'options d\n'],
    [
      'no part of another',
      'options aa=1 x="a=1 b" c\n',
      ['a=1'],
      ['d'],
      'options aa=1 x="a=1 b" c d\n',
    ],
    ['CRLF', 'options a b\r\nlinux /b\r\n', ['b'], ['c'], 'options a c\r\nlinux /b\r\n'],
    ['tabs', 'options\ta\tb\n', ['a'], ['c'], 'options b c\n'],
    ['tabs alone', 'options\ta\tb\n', ['a'], [], 'options\tb\n'],
    ['spaces at the end', 'options a  \nlinux /b\n', [], ['b'], 'options a b  \nlinux /b\n'],
    ['no final newline', 'linux /b\noptions a', [], ['b'], 'linux /b\noptions a b'],
    ['a repeated one', 'options a\n', [], ['a'], 'options a a\n'],
    ['after comments', '#\n# options\noptions a\n', [], ['b'], '#\n# options\noptions a b\n'],
    ['all of them replaced', 'options a b\n', ['a', 'b'], ['c'], 'options c\n'],
    ['a variable of GRUB', 'options $x a $y \n', [], ['b'], 'options $x a $y b \n'],
  ])('%s', (_, before, remove, append, after) => {
    expect(edit(before, remove, append)).toMatchObject({ text: after });
  });

  test('are edited in steps: what one adds, the next removes', () => {
    const edits = [
      { remove: ['a'], append: ['b', 'c'] },
      { remove: ['b'], append: ['a'] },
    ];
    expect(editArguments('options a d\n', edits)).toMatchObject({ text: 'options d c a\n' });
  });

  test.each<[string, string, number | undefined, RegExp]>([
    ['no options line', 'title x\nlinux /b\n', undefined, /no options line/],
    ['a second one', 'options a\nlinux /b\n options b\n', 3, /second/],
    ['behind several empty lines', 'linux /b\n\nx\noptions a\n', 4, /at line 2,/],
    ['behind an empty line', 'title x\n\noptions a\n', 3, /stops reading at line 2/],
    [
      'behind a word alone',
      '# x\ntitle\r\nlinux /b\r\noptions a\r\n',
      4,
      /stops reading at line 2/,
    ],
    ['without a value', 'linux /b\noptions\n', 2, /stops reading at line 2/],
    ['a tab after its name', 'options\ta b\n', 1, /only with a space/],
    ['an open double quote', 'linux /b\noptions a "b c\n', 2, /quote/],
    ['a backslash at the end', 'options a\\\n', 1, /quote/],
    ['a comment of GRUB', 'options a # b\n', 1, /GRUB does not pass #/],
    ['another command of GRUB', 'options a;reboot\n', 1, /GRUB does not pass a;reboot/],
    ['a carriage return inside', 'options a\rb\n', 1, /carriage return/],
    ['nothing left', 'options quiet\n', 1, /no kernel argument/],
  ])('are refused with %s', (_, text, line, why) => {
    expect(edit(text, ['quiet'])).toEqual({ line, why: expect.stringMatching(why) });
  });

  test('of an entry that GRUB reads are those of the first options line', () => {
    expect(argumentsOf('linux /b\noptions a b\r\noptions c\n')).toBe(' a b\r');
    expect(argumentsOf('linux /b\n\noptions a b\n')).toBe('');
  });

  test('belong to an entry that has a kernel', () => {
    expect(isMenuEntry(entry)).toBe(true);
    expect(isMenuEntry('options a\n')).toBe(false);
    expect(isMenuEntry('title\nlinux /b\n')).toBe(false);
    expect(isMenuEntry('#linux /b\n')).toBe(false);
  });

  test('of GRUB are what they were, without the removed ones, and with the added ones', () => {
    const piece = fc.constantFrom('a', 'b=1', '"', "'", ' ', '\\', 'c="d e"', '=', 'é', 'x', '\t');
    const line = fc.array(piece, { minLength: 1, maxLength: 12 }).map((all) => all.join(''));
    const given = fc
      .string({ unit: fc.constantFrom(...'ab=1 "\';&{}#*\\xé[]'), maxLength: 20 })
      .map(parseKernelArguments);
    let edited = 0;
    fc.assert(
      fc.property(line, given, given, (options, remove, append) => {
        const text = `linux /b\noptions x ${options}\ninitrd /i\n`;
        const result = editArguments(text, [
          { remove: remove.map(received), append: append.map(grubWord) },
        ]);
        if ('why' in result) return;
        edited += 1;
        const words = grubWords(argumentsOf(text));
        const gone = new Set(remove.map(received));
        expect(grubWords(argumentsOf(result.text))).toEqual([
          ...words.filter((word) => !gone.has(word)),
          ...append.map(received),
        ]);
        const around = (all: string) => all.split('\n').filter((one) => !one.startsWith('options'));
        expect(around(result.text)).toEqual(around(text));
      }),
      { numRuns: 3000 },
    );
    expect(edited).toBeGreaterThan(500);
  });

  // As blscfg does it: the options become a part of a script.
  test.skipIf(lacks('grub-emu'))('of GRUB itself are those as well', () => {
    const given = fc.string({
      unit: fc.constantFrom(...'ab=1 "\';&|<>{}#*?\\xé[]()~!`'),
      minLength: 1,
      maxLength: 30,
    });
    const texts = fc
      .sample(given, { numRuns: 150, seed: 1 })
      .map(parseKernelArguments)
      .filter((all) => all.length > 0);
    const scripts = texts.map((append) => {
      const edited = edit('options a "b c"\nlinux /b\n', ['a'], append.map(grubWord));
      if ('why' in edited) throw new Error(edited.why);
      return `set ignition_network_kcmdline="${escaped(argumentsOf(edited.text))}"\n`;
    });
    expect(evaluate(scripts)).toEqual(texts.map((append) => ['b c', ...append.map(received)]));
  });

  test('take time that grows with the length only', () => {
    for (const part of ['"', "'", '\\', '" ', "' a", 'a ', ' ', '"\\', '${', 'a;', '"a"']) {
      const before = performance.now();
      edit(`options ${part.repeat(100_000)}`, ['a'], ['b']);
      expect(performance.now() - before).toBeLessThan(2000);
    }
  });
});

test('a platform counts where GRUB reads it', () => {
  expect(hasPlatformId('linux /b\noptions a ignition.platform.id=X\n', 'X')).toBe(true);
  expect(hasPlatformId('linux /b\n\noptions ignition.platform.id=X\n', 'X')).toBe(false);
  expect(hasPlatformId('options a="ignition.platform.id=X"\n', 'X')).toBe(false);
});
