/** The factors that vary, by name, with all their values. */
export type Factors = Readonly<Record<string, readonly unknown[]>>;

/** One value of each factor. */
export type Combination<F extends Factors> = { readonly [Name in keyof F]: F[Name][number] };

/** All combinations: for checks that take microseconds. */
export function everyCombination<F extends Factors>(factors: F): Combination<F>[] {
  const rows = Object.entries(factors).reduce<Record<string, unknown>[]>(
    (before, [name, values]) =>
      before.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
  return rows as Combination<F>[];
}

/**
 * A few combinations that contain every pair of values of different factors at least once: for slow
 * checks. Always the same ones.
 */
export function everyPair<F extends Factors>(factors: F): Combination<F>[] {
  const entries = Object.entries(factors);
  const missing = new Set<string>();
  const pair = (a: number, i: number, b: number, j: number) =>
    a < b ? `${a}:${i} ${b}:${j}` : `${b}:${j} ${a}:${i}`;
  for (const [a, [, values]] of entries.entries())
    for (const [b, [, others]] of entries.slice(a + 1).entries())
      for (const i of values.keys())
        for (const j of others.keys()) missing.add(pair(a, i, a + 1 + b, j));
  const rows: Combination<F>[] = [];
  for (const first of missing) {
    // The pair that is due, then of each other factor the value with the most missing pairs.
    const chosen = new Map(
      first.split(' ').map((one) => one.split(':').map(Number) as [number, number]),
    );
    for (const [a, [, values]] of entries.entries()) {
      if (chosen.has(a)) continue;
      const gains = [...values.keys()].map(
        (i) => [...chosen].filter(([b, j]) => missing.has(pair(a, i, b, j))).length,
      );
      chosen.set(a, gains.indexOf(Math.max(...gains)));
    }
    for (const [a, i] of chosen) for (const [b, j] of chosen) missing.delete(pair(a, i, b, j));
    const row = entries.map(([name, values], a) => [name, values[chosen.get(a) ?? 0]]);
    rows.push(Object.fromEntries(row));
  }
  return rows;
}

/** The first few differences between a program and a model of it; empty if they agree. */
export async function disagreements<Row, Verdict>(
  rows: readonly Row[],
  model: (row: Row) => Verdict,
  program: (row: Row) => Verdict | Promise<Verdict>,
): Promise<{ given: Row; expected: Verdict; found: Verdict }[]> {
  const differing: { given: Row; expected: Verdict; found: Verdict }[] = [];
  for (const given of rows) {
    const [expected, found] = [model(given), await program(given)];
    if (JSON.stringify(expected) !== JSON.stringify(found))
      differing.push({ given, expected, found });
    if (differing.length === 5) break;
  }
  return differing;
}
