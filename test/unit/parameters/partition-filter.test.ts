import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import type { Resolved } from '../../../src/parameters/given.ts';
import {
  indexFilters,
  labelFilters,
  objectionToPartindex,
  partitionFilters,
} from '../../../src/parameters/partition-filter.ts';

const option = (name: string, value: string): Resolved<string> => ({
  value,
  origin: { kind: 'option', name },
});
const partitions = ['boot', 'data', 'data2', '', 'a,b'].map((name, index) => ({
  number: index + 1,
  name,
}));
const chosen = (filters: ReturnType<typeof labelFilters>) =>
  partitions.filter((one) => filters.some((filter) => filter.matches(one))).map(({ name }) => name);
const numbers = (text: string) =>
  [1, 2, 3, 4, 5, 128].filter((number) =>
    indexFilters(option('--save-partindex', text)).some((one) => one.matches({ number, name: '' })),
  );

describe('filters by label', () => {
  const byLabel = (text: string) => chosen(labelFilters(option('--save-partlabel', text)));

  test.each<[string, string[]]>([
    ['data', ['data']],
    ['data*', ['data', 'data2']],
    ['data,boot', ['boot', 'data']],
    ['a?b', ['a,b']],
    ['?*', ['boot', 'data', 'data2', 'a,b']],
    ['*', ['boot', 'data', 'data2', '', 'a,b']],
    ['nothing', []],
  ])('%j', (text, names) => {
    expect(byLabel(text)).toEqual(names);
  });

  test('say how they were given, and whether they name one', () => {
    const given = {
      value: 'data,log*',
      origin: { kind: 'kernel', name: 'coreos.inst.save_partlabel=' },
    } as const;
    expect(labelFilters(given)).toMatchObject([
      { given: 'coreos.inst.save_partlabel=data', isExact: true },
      { given: 'coreos.inst.save_partlabel=log*', isExact: false },
    ]);
  });

  test.each(['', 'data,', ',data'])(
    '%j is refused: an unset variable would save nothing',
    (text) => {
      expect(() => byLabel(text)).toThrow('a label in it is empty');
    },
  );

  test.each(['data, boot', ' data', 'data '])('%j is refused: nothing has this label', (text) => {
    expect(() => byLabel(text)).toThrow(
      /it begins or ends with a space\. Separate labels by commas/,
    );
  });

  test('that are no globs are refused by name', () => {
    expect(() => labelFilters(option('--save-partlabel', 'data,x***'))).toThrow(ParameterError);
    expect(() => labelFilters(option('--save-partlabel', 'data,x***'))).toThrow(
      'Cannot use "x***" from --save-partlabel as a label of partitions to save',
    );
  });
});

describe('filters by number', () => {
  test.each<[string, number[]]>([
    ['5', [5]],
    ['2-4', [2, 3, 4]],
    ['4-', [4, 5, 128]],
    ['-2', [1, 2]],
    ['1,5', [1, 5]],
    ['3-3', [3]],
  ])('%j', (text, expected) => {
    expect(objectionToPartindex(text)).toBeUndefined();
    expect(numbers(text)).toEqual(expected);
  });

  test.each([
    '0',
    '-',
    '9-7',
    '0x7',
    '0-3',
    '-0',
    '',
    '5,',
    '1-2-3',
    '+5',
    ' 5',
    '1e3',
    '99999999999',
    // No range of which the dash is missing.
    '0000000012',
    '100000000999999999',
  ])('%j is refused', (text) => {
    expect(objectionToPartindex(text)).toBeDefined();
    expect(() => numbers(text)).toThrow(ParameterError);
  });

  test('a range is no name of a partition, a number is', () => {
    const exact = (text: string) => indexFilters(option('-', text)).map(({ isExact }) => isExact);
    expect(exact('5,3-3,3-4,3-')).toEqual([true, true, false, false]);
  });
});

test('both kinds count together', () => {
  const filters = partitionFilters({
    savePartlabel: option('--save-partlabel', 'boot'),
    savePartindex: option('--save-partindex', '3'),
  });
  expect(chosen(filters)).toEqual(['boot', 'data2']);
  expect(partitionFilters({})).toEqual([]);
});
