import type { Contender } from './contenders.ts';

/**
 * The order of the runs: every contender once in each round, in random order, so that changes on the
 * machine during the run affect all of them equally.
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
