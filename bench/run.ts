/**
 * `make bench`: the program beside its peers, the same work, one after the other in random order.
 * Prints the tables, writes `bench/results/`, and fills them into docs/performance.md. Nothing here
 * fails for being slow.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../scripts/lib/paths.ts';
import { cases } from './cases.ts';
import { type CaseResult, type Results, tables } from './report.ts';
import { runCase } from './run-case.ts';
import { startUp } from './start-up.ts';

const quick = process.env['BENCH'] === 'quick';
const rounds = Number(process.env['ROUNDS'] || (quick ? 3 : 5));
const only = process.env['CASE'];

const wanted = cases(quick).filter(({ name }) => !only || name.includes(only));
const [loadAverage = 0] = loadavg();
const startUpMs = await startUp(20);
const done: CaseResult[] = [];
for (const one of wanted) done.push(await runCase(one, rounds));
const results: Results = {
  machine: {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    kernel: release(),
    loadAverage,
  },
  quick,
  startUpMs,
  cases: done,
};
console.log(`\n${tables(results)}`);

const directory = join(root, only ? 'build/bench/results' : 'bench/results');
await mkdir(directory, { recursive: true });
const file = join(directory, `${quick ? 'quick' : 'full'}.json`);
await writeFile(file, `${JSON.stringify(results, undefined, 1)}\n`);
console.log(`Written to ${file}`);
if (!quick && !only) await import('./publish-results.ts');
