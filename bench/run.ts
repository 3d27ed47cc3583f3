/**
 * `make bench`: the program and others, with the same work, one after the other in random order. Prints
 * the tables, writes `bench/results/`, and fills them into the pages that show them. Slow results are no
 * failure.
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
const directory = join(root, only ? 'build/bench/results' : 'bench/results');
const file = join(directory, `${quick ? 'quick' : 'full'}.json`);
await mkdir(directory, { recursive: true });

const results = {
  machine: {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    kernel: release(),
    loadAverage,
  },
  quick,
  startUpMs,
  cases: [] as CaseResult[],
} satisfies Results;
for (const one of wanted) {
  results.cases.push(await runCase(one, rounds));
  // After each case, so that an interrupted run keeps its results.
  await writeFile(file, `${JSON.stringify(results, undefined, 1)}\n`);
}
console.log(`\n${tables(results)}\n\nWritten to ${file}`);
if (!quick && !only) await import('./publish-results.ts');
if (results.cases.some(({ failures }) => Object.keys(failures).length > 0)) process.exitCode = 1;
