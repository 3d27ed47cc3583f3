import { expect, test } from 'vitest';
import { disagreements, everyCombination, everyPair } from '../../support/combinations.ts';

const factors = { a: [1, 2, 3], b: ['x', 'y'], c: [true, false], d: [0, 1, 2, 3] } as const;

test('every combination, once', () => {
  const rows = everyCombination(factors).map((row) => JSON.stringify(row));
  expect(rows).toHaveLength(48);
  expect(new Set(rows).size).toBe(48);
});

test('every pair, in few rows, and always the same', () => {
  const rows = everyPair(factors);
  const pairsOf = (all: readonly object[]) =>
    new Set(
      all.flatMap((row) =>
        Object.entries(row).flatMap((one) =>
          Object.entries(row).map((other) => JSON.stringify([one, other])),
        ),
      ),
    );
  expect(pairsOf(rows)).toEqual(pairsOf(everyCombination(factors)));
  expect(rows.length).toBeLessThanOrEqual(15);
  expect(everyPair(factors)).toEqual(rows);
});

test('a model and a program that differ in one row', async () => {
  const rows = everyCombination(factors);
  const differing = await disagreements(
    rows,
    ({ a }) => a,
    async ({ a, b, c, d }) => (a === 2 && b === 'y' && c && d === 3 ? 0 : a),
  );
  expect(differing).toEqual([{ given: { a: 2, b: 'y', c: true, d: 3 }, expected: 2, found: 0 }]);
});
