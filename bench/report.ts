import type { Goal } from './cases.ts';
import type { Run } from './measure.ts';

export interface CaseResult {
  readonly name: string;
  readonly imageSizeBytes: number;
  readonly goals: readonly Goal[];
  readonly memoryGoalBytes: number | undefined;
  readonly runs: Readonly<Record<string, readonly Run[]>>;
}

/** Two tables in Markdown: what was measured, and what it means beside the goals. */
export function table(
  results: readonly CaseResult[],
  startUpMs: Readonly<Record<string, readonly number[]>>,
): string {
  return [
    '| case | program | seconds: median (min to max) | CPU s | peak MB |',
    '|---|---|---|---|---|',
    ...results.flatMap(({ name, runs }) =>
      Object.entries(runs).map(([program, its]) => {
        const walls = its.map(({ wallMs }) => wallMs / 1000);
        const cpu = median(its.map(({ cpuMs }) => cpuMs / 1000));
        const peak = Math.max(...its.map(({ peakBytes }) => peakBytes)) / 1e6;
        return `| ${name} | \`${program.replaceAll('|', '\\|')}\` | ${spread(walls)} | ${cpu.toFixed(1)} | ${peak.toFixed(0)} |`;
      }),
    ),
    ...Object.entries(startUpMs).map(
      ([program, times]) =>
        `| start | \`${program}\` | ${spread(times.map((ms) => ms / 1000))} | | |`,
    ),
    '',
    '| case | ours beside | measured | goal | |',
    '|---|---|---|---|---|',
    ...results.flatMap((result) => goalLines(result, results)),
  ].join('\n');
}

function goalLines(result: CaseResult, results: readonly CaseResult[]): string[] {
  const own = oursOf(result);
  const lines = result.goals.map((goal) => {
    const other = result.runs[goal.against] ?? oursOf(find(results, goal.against));
    const measured = ratio(goal, own, other);
    if (measured === undefined) return `| ${result.name} | ${goal.against} | not run | | |`;
    const limit = goal.atLeast ?? goal.atMost ?? Number.NaN;
    const met = goal.atLeast === undefined ? measured <= limit : measured >= limit;
    const sign = goal.atLeast === undefined ? '≤' : '≥';
    const against = goal.against.replaceAll('|', '\\|');
    return `| ${result.name} | ${against} | ${goal.of} ×${measured.toFixed(2)} | ${sign} ${limit} | ${met ? 'met' : 'missed'} |`;
  });
  if (result.memoryGoalBytes !== undefined) {
    const peak = Math.max(...own.map(({ peakBytes }) => peakBytes));
    const met = peak <= result.memoryGoalBytes ? 'met' : 'missed';
    lines.push(
      `| ${result.name} | | ${(peak / 1e6).toFixed(0)} MB at most | ≤ ${result.memoryGoalBytes / 1e6} MB | ${met} |`,
    );
  }
  return lines;
}

function ratio(goal: Goal, own: readonly Run[], other: readonly Run[]): number | undefined {
  if (other.length === 0) return undefined;
  const wall = (runs: readonly Run[]) => median(runs.map(({ wallMs }) => wallMs));
  const peak = (runs: readonly Run[]) => median(runs.map(({ peakBytes }) => peakBytes));
  switch (goal.of) {
    case 'speed':
      return wall(other) / wall(own);
    case 'time':
      return wall(own) / wall(other);
    case 'memory':
      return peak(own) / peak(other);
  }
}

function oursOf(result: CaseResult | undefined): readonly Run[] {
  const found = Object.entries(result?.runs ?? {}).find(([name]) =>
    name.startsWith('coreos-installer'),
  );
  return found?.[1] ?? [];
}

function find(results: readonly CaseResult[], name: string): CaseResult | undefined {
  return results.find((result) => result.name === name);
}

function spread(values: readonly number[]): string {
  const digits = median(values) < 1 ? 3 : 1;
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map(
    (x) => x.toFixed(digits),
  );
  return `${middle} (${least} to ${most})`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
