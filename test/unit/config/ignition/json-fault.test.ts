import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFault } from '../../../../src/config/ignition/json-fault.ts';

test.each<[string, string, number, number]>([
  ['', 'it ends in the middle', 1, 1],
  ['{\n  "a": 1,\n}', 'a name in double quotes is missing', 3, 1],
  ['{"a": x}', 'a value is wrong or missing', 1, 7],
  ['{"a": 01}', 'a value is wrong or missing', 1, 7],
  ['[1,\n]', 'a value is wrong or missing', 2, 1],
  ['[1 2]', 'a comma is missing', 1, 4],
  ['{"a" 1}', 'a colon is missing', 1, 6],
  ['{"a": 1]', 'a comma is missing', 1, 8],
  ['[}', 'a value is wrong, or a value or ] is missing', 1, 2],
  ["{'a': 1}", 'a name in double quotes or } is missing', 1, 2],
  ['["abc', 'it ends in the middle of a string', 1, 6],
  ['["ab\nc"]', 'a string is not closed', 1, 5],
  ['["\\x"]', 'an escape in a string is wrong', 1, 3],
  ['{}\n{}', 'something follows its end', 2, 1],
  ['{\n\u00a0"a": 1}', 'a no-break space (U+00A0) is used instead of a space', 2, 1],
  ['{"a":\u30001}', 'an ideographic space (U+3000) is used instead of a space', 1, 6],
  ['{"a": 1}\u200b', 'a zero-width space (U+200B) is used instead of a space', 1, 9],
  [
    '{“a”: 1}',
    'a typographic quotation mark (U+201C) is used instead of a straight quotation mark (")',
    ...([1, 2] as const),
  ],
])('in %j %s, line %i, column %i', (text, what, line, column) => {
  expect(jsonFault(text)).toEqual({ what, line, column });
});

test('JSON has no fault', () => {
  fc.assert(fc.property(fc.json(), (text) => jsonFault(text) === undefined));
});

test('the fault is where it was put', () => {
  // A control character is wrong wherever it stands, and nothing before it is.
  fc.assert(
    fc.property(fc.json(), fc.nat(), (text, place) => {
      const at = place % (text.length + 1);
      const broken = `${text.slice(0, at)}\u0001${text.slice(at)}`;
      const fault = jsonFault(broken);
      const tokenStart = fault?.column === undefined ? -1 : fault.column - 1;
      expect(fault).toBeDefined();
      expect(tokenStart).toBeLessThanOrEqual(at);
      // A number, word or escape is named where it begins.
      expect(text.slice(tokenStart, at)).toMatch(/^[-+.\w\\]*$/);
    }),
  );
});

test('a text of any size and depth is walked', () => {
  const size = 1_000_000;
  expect(jsonFault('['.repeat(size))).toMatchObject({ column: size + 1 });
  expect(jsonFault(`["${'x'.repeat(size)}"`)).toMatchObject({ column: size + 4 });
  expect(jsonFault(' '.repeat(size))).toMatchObject({ column: size + 1 });
  expect(jsonFault(`${'9'.repeat(size)}x`)).toMatchObject({ column: 1 });
});
