import { expect, test } from 'vitest';
import type { Contender } from '../../../bench/contenders.ts';
import { schedule } from '../../../bench/rounds.ts';

const contender = (name: string, mostRounds?: number): Contender => ({
  name,
  command: () => [],
  ...(mostRounds !== undefined && { mostRounds }),
});

test('each runs as often as it should, once in each round', () => {
  const order = schedule([contender('a'), contender('b'), contender('slow', 1)], 3);
  const names = order.map(({ name }) => name);
  expect(names.filter((name) => name === 'slow')).toHaveLength(1);
  for (const [from, to] of [
    [0, 3],
    [3, 5],
    [5, 7],
  ])
    expect(names.slice(from, to)).toEqual(expect.arrayContaining(['a', 'b']));
});

test('the order within a round is the draw’s', () => {
  const draws = [0.9, 0.1, 0.1, 0.9];
  const order = schedule([contender('a'), contender('b')], 2, () => draws.shift() as number);
  expect(order.map(({ name }) => name)).toEqual(['b', 'a', 'a', 'b']);
});
