import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bootWords } from '../../../src/install/boot-words.ts';
import { lacks } from '../../support/needs.ts';
import { evaluate } from '../plan/grub-emu.ts';

const textsOf = (line: string) => bootWords(line).map(({ text }) => text);

test('words, where they stand, and what the kernel gets', () => {
  const line = ' a "b c"\td=\'e f\'g\\ h\r';
  expect(textsOf(line)).toEqual(['a', 'b c', 'd=e fg h']);
  expect(bootWords(line).map(({ start, end }) => line.slice(start, end))).toEqual([
    'a',
    '"b c"',
    "d='e f'g\\ h",
  ]);
});

test('a double quote that is left open goes on to the end, a single one is a character', () => {
  expect(bootWords('a "b c')).toMatchObject([{ isOpen: false }, { text: 'b c', isOpen: true }]);
  expect(bootWords("it's b")).toMatchObject([{ text: "it's" }, { text: 'b', isOpen: false }]);
});

describe.skipIf(lacks('grub-emu'))('GRUB itself', () => {
  test('reads the same words', () => {
    const unit = fc.constantFrom('a', 'b', '=', ' ', '"', "'", '\\', '"', ' ');
    // An empty word has no place on a kernel command line; one left open is an error in GRUB.
    const isLine = (line: string) =>
      !line.endsWith('\\') && closed(line) && !textsOf(line).includes('');
    const lines = [
      'a="b ignition.platform.id=metal c" d',
      ...fc.sample(fc.string({ unit, maxLength: 25 }).filter(isLine), 200),
    ];
    const scripts = lines.map(
      (line) => `set ignition_network_kcmdline="${line.replaceAll(/["\\$]/g, '\\$&')}"\n`,
    );
    expect(evaluate(scripts)).toEqual(lines.map(textsOf));
  });
});

/** Whether GRUB finds the end of every quote, by its lexer's rules. */
function closed(line: string): boolean {
  return /^(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^"'\\])*$/.test(line);
}
