import type { Contender } from './contenders.ts';

/**
 * Who runs when: every contender as often as it should, in random order within each round, so that
 * what changes on the machine meanwhile meets all alike.
 */
export function schedule(
  contenders: readonly Contender[],
  rounds: number,
  random: () => number = Math.random,
): Contender[] {
  return Array.from({ length: rounds }, (_, round) =>
    contenders
      .filter(({ mostRounds = rounds }) => round < mostRounds)
      .map((contender) => ({ contender, rank: random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ contender }) => contender),
  ).flat();
}
