import { expect, test } from 'vitest';
import type { Contender } from '../../../bench/contenders.ts';
import { schedule } from '../../../bench/rounds.ts';

const contender = (name: string): Contender => ({ name, command: () => [] });

test('each runs once in each round', () => {
  const names = schedule([contender('a'), contender('b')], 3).map(({ name }) => name);
  for (const from of [0, 2, 4]) expect(names.slice(from, from + 2).toSorted()).toEqual(['a', 'b']);
});

test('the order within a round is the draw’s', () => {
  const draws = [0.9, 0.1, 0.1, 0.9];
  const order = schedule([contender('a'), contender('b')], 2, () => draws.shift() as number);
  expect(order.map(({ name }) => name)).toEqual(['b', 'a', 'a', 'b']);
});
