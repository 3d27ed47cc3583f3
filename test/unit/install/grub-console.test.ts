import { describe, expect, test } from 'vitest';
import { consoleCommands, withConsoleCommands } from '../../../src/install/grub-console.ts';
import { parseConsoles } from '../../../src/parameters/consoles.ts';

test.each([
  ['tty0', ['terminal_input console', 'terminal_output console']],
  [
    'ttyS0,115200n8',
    [
      'serial --unit=0 --speed=115200 --word=8 --parity=no',
      'terminal_input serial',
      'terminal_output serial',
    ],
  ],
  [
    'ttyS1,9600e7 tty0 ttyAMA2',
    [
      'serial --unit=1 --speed=9600 --word=7 --parity=even',
      'serial --unit=2 --speed=9600 --word=8 --parity=no',
      'terminal_input console serial',
      'terminal_output console serial',
    ],
  ],
])('%s', (text, commands) => {
  expect(consoleCommands(parseConsoles(text))).toEqual(commands);
});

describe('the place of the console', () => {
  const [start, end] = ['# CONSOLE-SETTINGS-START', '# CONSOLE-SETTINGS-END'];

  test.each([
    ['set a=b', `x\n${start}\nset a=b\n${end}\ny\n`, `x\n${start}\nnew\n${end}\ny\n`],
    ['nothing', `${start}\n${end}\n`, `${start}\nnew\n${end}\n`],
    ['CRLF', `${start}\r\nold\r\n${end}\r\ny`, `${start}\r\nnew\n${end}\r\ny`],
  ])('with %s in it is filled anew', (_, before, after) => {
    const once = withConsoleCommands(before, ['new']);
    expect(once).toBe(after);
    expect(withConsoleCommands(after, ['new'])).toBe(after);
  });

  test('may become empty', () => {
    expect(withConsoleCommands(`${start}\nold\n${end}\n`, [])).toBe(`${start}\n${end}\n`);
  });

  test.each([
    ['none', 'set a=b\n'],
    ['a beginning alone', `${start}\n`],
    ['an end alone', `${end}\n`],
    ['the end first', `${end}\n${start}\n`],
    ['two beginnings', `${start}\n${start}\n${end}\n`],
    ['two ends', `${start}\n${end}\n${end}\n`],
    ['more in the line', ` ${start}\n${end} # x\n`],
  ])('is not there with %s', (_, script) => {
    expect(withConsoleCommands(script, ['new'])).toBeUndefined();
  });
});
