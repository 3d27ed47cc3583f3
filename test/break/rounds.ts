import { Random } from '../support/random.ts';

/** How often, and beginning with which seed: from `make faults N=1000 SEED=7`. */
export function roundsWanted(byDefault: number): { count: number; firstSeed: number } {
  return {
    count: Number(process.env['N'] || byDefault),
    firstSeed: Number(process.env['SEED'] || 1),
  };
}

/**
 * Runs rounds, each from a seed of its own, and prints how many ended in which way. One that
 * throws is told with the command that repeats it alone.
 */
export async function rounds(
  target: string,
  byDefault: number,
  round: (random: Random, seed: number) => Promise<string>,
): Promise<void> {
  const { count, firstSeed } = roundsWanted(byDefault);
  const outcomes = new Map<string, number>();
  const failures: unknown[] = [];
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    let outcome = 'FAILED';
    try {
      outcome = await round(new Random(seed), seed);
    } catch (cause) {
      const message = `make ${target} N=1 SEED=${seed} repeats this: ${(cause as Error).message}`;
      process.stdout.write(`${message}\n`);
      failures.push(new Error(message, { cause }));
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const done = seed - firstSeed + 1;
    if (done % 100 === 0 && done < count) process.stdout.write(`${target}: ${done} of ${count}\n`);
  }
  const table = [...outcomes]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([outcome, times]) => `  ${String(times).padStart(6)}  ${outcome}\n`);
  process.stdout.write(`${target}: ${count} rounds from seed ${firstSeed}\n${table.join('')}`);
  if (failures.length > 0) {
    throw new Error(`${failures.length} rounds failed`, { cause: failures[0] });
  }
}
