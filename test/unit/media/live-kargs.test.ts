import { expect, test } from 'vitest';
import { InputError } from '../../../src/lib/errors.ts';
import { editKargs, requireLiteral } from '../../../src/media/live-kargs.ts';

const edit = (kargs: string, edits: Partial<Parameters<typeof editKargs>[1]>) =>
  editKargs(kargs, { remove: [], append: [], replace: [], ...edits });

test.each([
  ['a b a=1 a', { remove: ['a'] }, 'b a=1'],
  ['a a a', { remove: ['a'] }, ''],
  ['a b c', { remove: [' b '] }, 'a c'],
  // Trimmed, not split.
  ['a b c', { remove: ['b c'] }, 'a'],
  ['a', { remove: ['b'] }, 'a'],
  ['', { append: ['x', 'y=1 z'] }, 'x y=1 z'],
  ['a', { append: ['a'] }, 'a a'],
  ['k=1 k=1 k=2', { replace: ['k=1=2'] }, 'k=2 k=2 k=2'],
  ['k=1', { replace: ['k=2=3'] }, 'k=1'],
  ['k=1 x', { replace: ['k=1= k'] }, 'k= k x'],
  ['a=1', { remove: ['a=1'], append: ['b=1'], replace: ['b=1=2'] }, 'b=2'],
  ['"a b" c', { remove: ['"a'] }, 'b" c'],
  ['$& x', { remove: ['x'], append: ['$&'] }, '$& $&'],
])('%s with %o is %s', (kargs, edits, expected) => {
  expect(edit(kargs, edits)).toBe(expected);
});

test('what was put in place of another is not looked at again', () => {
  // Otherwise this would never end.
  expect(edit('k=1', { replace: ['k=1=1 a'] })).toBe('k=1 a');
  expect(edit('a '.repeat(30_000), { remove: ['a'] })).toBe('');
});

test.each(['k=1', '=1=2', 'k==2', 'k=1=', 'k=1=2=3', 'k'])(
  'the replacement %s is refused',
  (replace) => {
    expect(() => edit('', { replace: [replace] })).toThrow(
      'Wrong input, format should be: KEY=OLD=NEW',
    );
  },
);

test.each(['a\nb', '\t', '', ' ', 'a\0'])('the argument %j is refused', (karg) => {
  for (const key of ['remove', 'append', 'replace'] as const)
    expect(() => edit('a', { [key]: [karg] })).toThrow(InputError);
});

test.each([
  'a;halt',
  'u=http://h/x?a=1&b=2',
  'a=$x',
  '{a}',
  'a|b',
  'a>b',
  'a<b',
  '"a b"',
  "it's",
  'a\\b',
  '#a',
  'a #b',
])('%s is nothing that GRUB passes on as it is', (karg) => {
  expect(() => requireLiteral(['quiet', karg])).toThrow('a character that GRUB interprets');
});

test.each([
  'console=ttyS0,115200n8',
  'ip=192.0.2.1::192.0.2.2:255.255.255.0::eth0:none',
  'u=http://h/a#b?c=1',
  'a b=c',
])('%s is', (karg) => {
  expect(requireLiteral([karg])).toBeUndefined();
});
