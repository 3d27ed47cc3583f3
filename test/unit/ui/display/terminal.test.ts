import { expect, test } from 'vitest';
import {
  assumeSize,
  canRedraw,
  isSerial,
  speaksUnicode,
} from '../../../../src/ui/display/terminal.ts';

const terminal = (columns: number, isTTY = true) => ({ columns, isTTY }) as NodeJS.WriteStream;

test.each([
  [{ LANG: 'en_US.UTF-8' }, true],
  [{ LANG: 'de_DE.utf8', TERM: 'xterm' }, true],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
  [{ LANG: 'en_US.UTF-8', LC_ALL: '' }, true],
  [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, false],
  [{ LANG: 'en_US.ISO-8859-1' }, false],
  [{}, false],
])('%j: UTF-8 is %s', (env, expected) => {
  expect(speaksUnicode(env)).toBe(expected);
});

test.each([
  [{ TERM: 'vt220' }, true],
  [{ TERM: 'dumb' }, false],
  [{ TERM: '' }, false],
  [{}, false],
])('%j: the cursor can be moved is %s', (env, expected) => {
  expect(canRedraw(terminal(80), env)).toBe(expected);
  expect(canRedraw(terminal(80, false), env)).toBe(false);
});

test.each([
  ['/dev/ttyS0', true],
  ['/dev/ttyAMA0', true],
  ['/dev/ttyUSB1', true],
  ['/dev/hvc0', true],
  ['/dev/console', true],
  ['/dev/tty1', false],
  ['/dev/pts/3', false],
  ['pipe:[1234]', false],
])('%s is serial: %s', (path, expected) => {
  expect(isSerial(path)).toBe(expected);
});

test('a serial line that reports no size counts as 80 by 24', () => {
  const [serial, narrow] = [terminal(0), terminal(20)];
  for (const stream of [serial, narrow]) assumeSize(stream);
  expect(serial).toMatchObject({ columns: 80, rows: 24 });
  expect(narrow).toMatchObject({ columns: 20 });
});
