import { basename, dirname } from 'node:path';
import { type Mutation, mutated } from './mutations.ts';

/** The result of a change: a test fails, a test never ends, or all tests pass. */
export type Verdict = 'killed' | 'timeout' | 'survived' | 'unclear';

export interface Result {
  /** From 1, in the order of the sample. */
  readonly number: number;
  readonly mutation: Mutation;
  readonly verdict: Verdict;
  /** `unit`, `loop`, `types`, or undefined where it survived. */
  readonly by?: string | undefined;
  /** The test file that failed. */
  readonly test?: string | undefined;
  readonly tookMs: number;
}

const contextLines = 2;

/** The change as a unified diff for `git apply`. */
export function diffOf(mutation: Mutation, text: string): string {
  const before = text.replace(/\n$/, '').split('\n');
  const after = mutated(text, mutation).replace(/\n$/, '').split('\n');
  const first = lineOf(mutation, text) - 1;
  const behind = before.length - first - linesIn(text.slice(mutation.start, mutation.end));
  const from = Math.max(0, first - contextLines);
  const oldEnd = before.length - behind;
  const newEnd = after.length - behind;
  const trailing = before.slice(oldEnd, oldEnd + contextLines);
  const lines = [
    ...before.slice(from, first).map((line) => ` ${line}`),
    ...before.slice(first, oldEnd).map((line) => `-${line}`),
    ...after.slice(first, newEnd).map((line) => `+${line}`),
    ...trailing.map((line) => ` ${line}`),
  ];
  const size = (end: number) => end - from + trailing.length;
  return [
    `--- a/${mutation.path}`,
    `+++ b/${mutation.path}`,
    `@@ -${from + 1},${size(oldEnd)} +${from + 1},${size(newEnd)} @@`,
    ...lines,
    '',
  ].join('\n');
}

/** The line of a file in which a change begins, from 1. */
export function lineOf({ start }: Pick<Mutation, 'start'>, text: string): number {
  return linesIn(text.slice(0, start));
}

function linesIn(text: string): number {
  return text.split('\n').length;
}

/** `  12 killed    src/fetch/http-source.ts:65 (using) by unit, http.test.ts, in 12 s` */
export function describeResult(result: Result, line: number): string {
  const { number, mutation, verdict, by, test, tookMs } = result;
  const noticed = by === undefined ? '' : ` by ${by}${test ? `, ${basename(test)}` : ''}`;
  const place = `${mutation.path}:${line} (${mutation.kind})`;
  const seconds = Math.round(tookMs / 1000);
  return `${String(number).padStart(4)} ${verdict.padEnd(8)} ${place}${noticed}, in ${seconds} s`;
}

/** How many changes were detected, by folder and in total, as a table. */
export function summaryOf(results: readonly Result[]): string {
  const folders = [...new Set(results.map(folderOf))].sort();
  const rows = [
    ['folder', 'tried', 'killed', 'timeout', 'survived', 'unclear', 'noticed'],
    ...folders.map((name) =>
      row(
        name,
        results.filter((result) => folderOf(result) === name),
      ),
    ),
    row('all', results),
  ];
  return rows.map(([name = '', ...cells]) => line(name, cells)).join('\n');
}

function folderOf({ mutation }: Result): string {
  return dirname(mutation.path).split('/').slice(0, 2).join('/');
}

function row(name: string, results: readonly Result[]): string[] {
  const count = (verdict: Verdict) => results.filter((one) => one.verdict === verdict).length;
  const [killed, timeout, survived] = [count('killed'), count('timeout'), count('survived')];
  const decided = killed + timeout + survived;
  const share = decided === 0 ? '-' : `${Math.round((100 * (killed + timeout)) / decided)} %`;
  const counts = [results.length, killed, timeout, survived, count('unclear')];
  return [name, ...counts.map(String), share];
}

function line(name: string, cells: readonly string[]): string {
  return name.padEnd(16) + cells.map((cell) => cell.padStart(9)).join('');
}
