import { expect, test } from 'vitest';
import { mutationsOf } from '../../../../scripts/mutate/mutations.ts';
import { sample } from '../../../../scripts/mutate/sample.ts';

const all = mutationsOf('a.ts', Array.from({ length: 40 }, (_, index) => `f(${index});`).join(''));

test('a seed chooses the same changes each time, and another seed others', () => {
  expect(sample(all, 10, 1)).toEqual(sample(all, 10, 1));
  expect(sample(all, 10, 1)).not.toEqual(sample(all, 10, 2));
});

test('more of them begin with the same', () => {
  expect(sample(all, 20, 7).slice(0, 10)).toEqual(sample(all, 10, 7));
});

test('no change is chosen twice, and no more than there are', () => {
  const chosen = sample(all, 1000, 1);
  expect(chosen).toHaveLength(all.length);
  expect(new Set(chosen)).toEqual(new Set(all));
});
