/** How many tests passed, failed and were skipped. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The result of a part. */
export interface Outcome {
  readonly name: string;
  /** Why it failed; undefined when it has succeeded. */
  readonly fault: string | undefined;
  readonly tookMs: number;
  /** Undefined where it counts no tests. */
  readonly totals: Totals | undefined;
  /** A line for each failed test that the tests' reporter has named. */
  readonly failures: readonly string[];
  /** It passed in an earlier run, which this one continues. */
  readonly wasKept?: true;
}

/**
 * The sum of all. A part that failed without a failed test in its totals, because it counts no tests or
 * did not complete, counts as one failed test.
 */
export function sumOf(outcomes: readonly Outcome[]): Totals {
  const all = outcomes.map(({ fault, totals }) => {
    const { passed, failed, skipped } = totals ?? { passed: 0, failed: 0, skipped: 0 };
    return { passed, skipped, failed: Math.max(failed, fault === undefined ? 0 : 1) };
  });
  return addUp(all);
}

/** In the format of the tests' reporter. */
export function totalsLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The sum of the lines that runs have appended to a file; undefined without any. */
export function parseTotals(text: string): Totals | undefined {
  const lines = [...text.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)];
  if (lines.length === 0) return undefined;
  return addUp(
    lines.map(([, passed, failed, skipped]) => ({
      passed: Number(passed),
      failed: Number(failed),
      skipped: Number(skipped),
    })),
  );
}

/** The failed tests in the lines that runs have appended to a file: see test/support/totals-reporter.ts. */
export function parseFailures(text: string): string[] {
  return [...text.matchAll(/^FAILED: (.+)$/gm)].map(([, failure = '']) => failure);
}

/** A line for each failed test, with the part that it belongs to. A long list or line is cut. */
export function failuresList(outcomes: readonly Outcome[]): string {
  const all = outcomes.flatMap(({ name, failures }) => failures.map((line) => `${name}: ${line}`));
  const lines = all.slice(0, 20).map((line) => line.slice(0, 300));
  return [...lines, ...(all.length > 20 ? [`and ${all.length - 20} more`] : [])].join('\n');
}

/** A line for each part with its time, and one for all, which is shorter, as some run in parallel. */
export function timesTable(outcomes: readonly Outcome[], allMs: number): string {
  const width = Math.max(...outcomes.map(({ name }) => name.length), 'all'.length);
  const line = (result: string, name: string, ms: number, rest = '') =>
    `${result.padEnd(6)}  ${name.padEnd(width)}  ${minutes(ms).padStart(12)}  ${rest}`.trimEnd();
  return [
    ...outcomes.map(({ fault, name, tookMs, totals, wasKept }) => {
      const result = wasKept ? 'before' : fault === undefined ? 'ok' : 'FAILED';
      return line(result, name, tookMs, totals && totalsLine(totals));
    }),
    line('', 'all', allMs),
  ].join('\n');
}

export function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

function addUp(all: readonly Totals[]): Totals {
  return all.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}
