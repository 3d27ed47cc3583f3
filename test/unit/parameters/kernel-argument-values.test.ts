import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import {
  checkAppendedArguments,
  checkDeletedArguments,
} from '../../../src/parameters/kernel-argument-values.ts';

const given = (value: string) =>
  ({ value, origin: { kind: 'option', name: '--append-karg' } }) as const;

function notesOn(value: string): string[] {
  const notes: string[] = [];
  expect(checkAppendedArguments(given(value), { fileExists: () => false, notes })).toBe(value);
  return notes;
}

test('plain arguments are added without a note', () => {
  expect(notesOn('quiet mitigations=off,nosmt rd.multipath=default ü=€ -- a;b|{c}')).toEqual([]);
});

test.each([
  ['a="b c"', /An upgrade .* may split a="b c" at its spaces/],
  ["a='b'", /GRUB adds a backslash .* a='b'/],
  ['console=ttyS0', /--console also sets GRUB’s/],
  ['ignition.platform.id=qemu', /-p replaces it/],
  [`a=${'b'.repeat(1600)}`, /leave 445 bytes/],
])('%s is noted', (text, note) => {
  expect(notesOn(text)).toEqual([expect.stringMatching(note)]);
});

describe.each([
  ['to add', checkAppendedArguments],
  ['to remove', checkDeletedArguments],
])('%s', (_, check) => {
  test.each([
    ['', 'there are none in it'],
    ['  ', 'there are none in it'],
    ['a\tb', 'control characters'],
    ['a="b', 'a double quote is not closed'],
    ['root=$root', 'a variable'],
  ])('%j is refused', (text, why) => {
    const checking = () => check(given(text), { fileExists: () => false, notes: [] });
    expect(checking).toThrow(ParameterError);
    expect(checking).toThrow(why);
  });
});

test('more than a kernel command line holds is not added', () => {
  expect(() => notesOn('a'.repeat(2048))).toThrow('2047 bytes');
});
