import type { Contender } from './contenders.ts';

/**
 * Who runs when: every contender once in each round, in random order, so that
 * what changes on the machine meanwhile meets all alike.
 */
export function schedule(
  contenders: readonly Contender[],
  rounds: number,
  random: () => number = Math.random,
): Contender[] {
  return Array.from({ length: rounds }, () =>
    contenders
      .map((contender) => ({ contender, rank: random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ contender }) => contender),
  ).flat();
}
