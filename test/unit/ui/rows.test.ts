import { expect, test } from 'vitest';
import { inColumns } from '../../../src/ui/rows.ts';

test('columns are as wide as their widest cell, and lines end with text', () => {
  expect(
    inColumns([
      ['Name', 'Size'],
      ['a', '10'],
      ['longest', ''],
    ]),
  ).toEqual(['Name     Size', 'a        10', 'longest']);
  expect(inColumns([])).toEqual([]);
});
