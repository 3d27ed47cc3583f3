import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  commaSeparated,
  kernelWords,
  type ListForm,
  maskedValue,
  words,
} from '../../../src/parameters/lists.ts';

const forms: readonly (readonly [string, ListForm, (value: string) => boolean])[] = [
  ['words', words, (value) => /^\S+$/.test(value)],
  ['comma separated', commaSeparated, (value) => !value.includes(',')],
  ['kernel arguments', kernelWords, isOneArgument],
];

function isOneArgument(value: string): boolean {
  return kernelWords.objection?.(value) === undefined && kernelWords.split(value).length === 1;
}

describe.each(forms)('a list of %s', (_, form, isValue) => {
  test('is split into the values that were joined', () => {
    const values = fc.string({ unit: fc.constantFrom(...'a="b c,\t\\') }).filter(isValue);
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (list) => {
        const trimmed = form === kernelWords ? list.map((value) => value.trim()) : list;
        expect(form.split(form.join(list))).toEqual(trimmed);
      }),
    );
  });
});

test('a kernel argument whose quote is not closed would run into the next one', () => {
  expect(kernelWords.split(kernelWords.join(['a="b', 'c']))).toEqual(['a="b c']);
  expect(kernelWords.objection?.('a="b')).toMatch(/quote is not closed/);
  expect(kernelWords.objection?.('a="b c" d="e"')).toBeUndefined();
});

test('secrets of every URL of a list are masked, other text is left alone', () => {
  const urls = 'http://u:p@a/ http://b/?token';
  expect(maskedValue(urls, words)).toBe('http://***@a/ http://b/?***');
  expect(maskedValue('/a  path', undefined)).toBe('/a  path');
});
