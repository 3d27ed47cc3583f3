import { Random } from '../../test/support/random.ts';
import type { Mutation } from './mutations.ts';

/** `count` of them, or all if there are fewer: a seed always gives the same ones in the same order. */
export function sample(all: readonly Mutation[], count: number, seed: number): Mutation[] {
  const random = new Random(seed);
  const left = [...all];
  const chosen: Mutation[] = [];
  while (chosen.length < count && left.length > 0) {
    chosen.push(...left.splice(random.below(left.length), 1));
  }
  return chosen;
}
