import type { Goal } from './cases.ts';
import type { Run } from './measure.ts';
import { median } from './statistics.ts';

export interface CaseResult {
  readonly name: string;
  readonly imageSizeBytes: number;
  readonly goals: readonly Goal[];
  readonly memoryGoalBytes: number | undefined;
  readonly runs: Readonly<Record<string, readonly Run[]>>;
  /** The error messages of those that failed. */
  readonly failures: Readonly<Record<string, string>>;
}

/** The results of `make bench`. */
export interface Results {
  readonly machine: {
    readonly cores: number;
    readonly processor: string;
    readonly memoryBytes: number;
    readonly kernel: string;
    /** Over the minute before: measurements on a busy machine are not meaningful. */
    readonly loadAverage: number;
  };
  readonly quick: boolean;
  /** Wall times, by command. */
  readonly startUpMs: Readonly<Record<string, readonly number[]>>;
  readonly cases: readonly CaseResult[];
}

/** In Markdown: the machine, the goals compared with the measurements, and every figure. */
export function tables(results: Results): string {
  return [machineLine(results), goalTable(results), figureTable(results)].join('\n\n');
}

function machineLine({ machine, quick }: Results): string {
  const { cores, processor, memoryBytes, kernel, loadAverage } = machine;
  return (
    `${cores} cores (${processor}), ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, Linux ${kernel}; ` +
    `load before it began: ${loadAverage.toFixed(1)}${quick ? '; the small image of BENCH=quick' : ''}`
  );
}

/** The time and memory of every program on one image, the fastest first. */
export function summaryTable({ cases, machine }: Results): string {
  const shown = find(cases, 'xz, blocks');
  const imageMb = ((shown?.imageSizeBytes ?? 0) / 1e6).toFixed(0);
  const rows = Object.entries(shown?.runs ?? {}).map(([program, its]) => {
    const seconds = median(its.map(({ wallMs }) => wallMs)) / 1000;
    const peakMb = Math.max(...its.map(({ peakBytes }) => peakBytes)) / 1e6;
    return { program, seconds, peakMb };
  });
  return [
    `An xz image of ${imageMb} MB, from a local web server to a disk, on ${machine.cores} cores:`,
    '',
    '| program | time | memory |',
    '|---|---|---|',
    ...rows
      .toSorted((a, b) => a.seconds - b.seconds)
      .map(
        ({ program, seconds, peakMb }) =>
          `| \`${escaped(program)}\` | ${seconds.toFixed(1)} s | ${peakMb.toFixed(0)} MB |`,
      ),
  ].join('\n');
}

/** The goals, compared with the measurements. */
function goalTable({ startUpMs, cases }: Results): string {
  return [
    '| case | compared with | measured | goal | |',
    '|---|---|---|---|---|',
    ...cases.flatMap((result) => goalLines(result, cases)),
    startUpLine(startUpMs),
  ].join('\n');
}

function figureTable({ startUpMs, cases }: Results): string {
  return [
    '| case | program | runs | seconds: median (min to max) | CPU s | peak MB |',
    '|---|---|---|---|---|---|',
    ...cases.flatMap(figureLines),
    ...cases.flatMap(({ name, failures }) =>
      Object.keys(failures).map(
        (program) => `| ${name} | \`${escaped(program)}\` | failed | | | |`,
      ),
    ),
    ...Object.entries(startUpMs).map(
      ([program, its]) => `| start | \`${program}\` | ${its.length} | ${spread(its)} | | |`,
    ),
  ].join('\n');
}

const startUpGoalMs = 50;

function startUpLine(startUpMs: Results['startUpMs']): string {
  const [program, its = []] = Object.entries(startUpMs)[0] ?? ['start'];
  const ms = median(its);
  return `| start | \`${program}\` | ${ms.toFixed(0)} ms | ≤ ${startUpGoalMs} ms | ${verdict(ms <= startUpGoalMs)} |`;
}

function figureLines({ name, runs }: CaseResult): string[] {
  return Object.entries(runs).map(([program, its]) => {
    const cpu = median(its.map(({ cpuMs }) => cpuMs)) / 1000;
    const peak = Math.max(...its.map(({ peakBytes }) => peakBytes)) / 1e6;
    const walls = spread(its.map(({ wallMs }) => wallMs));
    return `| ${name} | \`${escaped(program)}\` | ${its.length} | ${walls} | ${cpu.toFixed(1)} | ${peak.toFixed(0)} |`;
  });
}

function goalLines(result: CaseResult, results: readonly CaseResult[]): string[] {
  const own = oursOf(result);
  const lines = result.goals.map((goal) => {
    const other = result.runs[goal.against] ?? oursOf(find(results, goal.against));
    const measured = ratio(goal, own, other);
    if (measured === undefined)
      return `| ${result.name} | ${escaped(goal.against)} | not run | | |`;
    const limit = goal.atLeast ?? goal.atMost ?? Number.NaN;
    const met = goal.atLeast === undefined ? measured <= limit : measured >= limit;
    const sign = goal.atLeast === undefined ? '≤' : '≥';
    const digits = goal.of === 'time' ? 3 : 2;
    return `| ${result.name} | ${escaped(goal.against)} | ${goal.of} ×${measured.toFixed(digits)} | ${sign} ${limit} | ${verdict(met)} |`;
  });
  if (result.memoryGoalBytes !== undefined) {
    const peak = Math.max(...own.map(({ peakBytes }) => peakBytes));
    const met = verdict(peak <= result.memoryGoalBytes);
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

function verdict(met: boolean): string {
  return met ? 'met' : '**missed**';
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

function spread(valuesMs: readonly number[]): string {
  const digits = median(valuesMs) < 1000 ? 3 : 1;
  const [middle, least, most] = [
    median(valuesMs),
    Math.min(...valuesMs),
    Math.max(...valuesMs),
  ].map((ms) => (ms / 1000).toFixed(digits));
  return `${middle} (${least} to ${most})`;
}
