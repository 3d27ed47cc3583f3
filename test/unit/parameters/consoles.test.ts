import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import { checkConsoles, parseConsoles } from '../../../src/parameters/consoles.ts';

const given = (value: string) =>
  ({ value, origin: { kind: 'option', name: '--console' } }) as const;
const context = { fileExists: () => false, notes: [] };

test.each([
  ['tty0', 'console=tty0'],
  ['hvc0', 'console=hvc0'],
  ['ttysclp0', 'console=ttysclp0'],
  ['ttyS0', 'console=ttyS0,9600n8'],
  ['ttyS0,115200', 'console=ttyS0,115200n8'],
  ['ttyS10,115200o', 'console=ttyS10,115200o8'],
  ['ttyAMA255,4294967295e5', 'console=ttyAMA255,4294967295e5'],
])('%s', (text, argument) => {
  expect(checkConsoles(given(text), context)).toBe(text);
  expect(parseConsoles(text)).toMatchObject([{ argument }]);
});

test('several, in their order', () => {
  const text = checkConsoles(given('ttyS0,115200n8  tty0'), context);
  const all = parseConsoles(text).map(({ argument }) => argument);
  expect(all).toEqual(['console=ttyS0,115200n8', 'console=tty0']);
});

describe('refused', () => {
  const messageOf = (text: string) => {
    try {
      checkConsoles(given(text), context);
    } catch (error) {
      expect(error).toBeInstanceOf(ParameterError);
      expect(error).toMatchObject({ failure: { code: 'invalid-console' } });
      return (error as Error).message;
    }
    return undefined;
  };

  test.each([
    ...['', 'tty', 'tty1', 'ttyUSB0', 'ttyS', 'ttyS256', 'ttyS0,', 'ttyS0,0', 'ttyS0,4294967296'],
    ...['ttyS0,9600x8', 'ttyS0,9600n9', 'ttyS0,9600n4', 'ttyS0,9600n8r', 'TTYS0', 'ttyS-1'],
    ...['tty0,9600', 'tty0 com1'],
  ])('%j', (text) => {
    expect(messageOf(text)).toContain('Give tty0, or a serial line');
  });

  test.each(['console=ttyS0,115200', '/dev/ttyS0,115200'])('%s, with how it is written', (text) => {
    expect(messageOf(text)).toContain('it is written ttyS0,115200.');
  });
});
