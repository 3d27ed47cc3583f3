/**
 * Measures the tests: makes small changes to the source, one at a time, and checks whether a test
 * fails. N changes chosen by SEED, in parallel copies; LOOP=0 leaves out the loop tests. The checkout is
 * not changed. ONLY='3 14' repeats those of a sample by their numbers. Results go to artifacts/mutate/.
 */
import {
  appendFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDir, root } from './lib/paths.ts';
import { type Copy, makeCopy, removeCopy } from './mutate/copy.ts';
import { judge, leftOut } from './mutate/judge.ts';
import { mutationsOf } from './mutate/mutations.ts';
import { describeResult, diffOf, lineOf, type Result, summaryOf } from './mutate/report.ts';
import { sample } from './mutate/sample.ts';

const folders = ['install', 'disk', 'fetch', 'decode', 'verify', 'plan', 'parameters'];

const count = wholeNumber('N', 150);
const seed = wholeNumber('SEED', 1);
const laneCount = Math.min(2, availableParallelism(), count);
const loop = process.getuid?.() === 0 && process.env['LOOP'] !== '0';
const timeoutMs = 10 * 60_000;

const ended = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => ended.abort(`Interrupted by ${name}.`));

const temporary = mkdtempSync(join(tmpdir(), 'mutate-'));
const copies = Array.from(
  { length: laneCount },
  (_, index): Copy => ({
    root: join(buildDir, 'mutate', `${process.pid}-${index}`),
    temporary: join(temporary, String(index)),
  }),
);
const results: Result[] = [];
try {
  for (const copy of copies) makeCopy(root, copy);
  const [{ root: first }] = copies as [Copy];
  // From the copy: the checkout may change during the run.
  const textOf = (path: string) => texts.get(path) ?? '';
  const paths = globSync(`src/{${folders.join(',')}}/**/*.ts`, { cwd: first }).sort();
  const texts = new Map(paths.map((path) => [path, readFileSync(join(first, path), 'utf8')]));
  const all = [...texts].flatMap(([path, text]) => mutationsOf(path, text));
  const chosen = sample(all, count, seed);
  const directory = join(root, 'artifacts', 'mutate', `seed-${seed}`);
  if (!process.env['ONLY']) rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  console.log(
    `${chosen.length} of ${all.length} changes, with ${loop ? 'unit and loop' : 'unit'} tests`,
  );

  let last: Promise<unknown> = Promise.resolve();
  const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
  const only = new Set((process.env['ONLY'] ?? '').split(/\D+/).filter(Boolean).map(Number));
  const queue = chosen
    .map((mutation, index) => ({ mutation, number: index + 1 }))
    .filter(({ number }) => only.size === 0 || only.has(number));
  const lane = async (copy: Copy) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const startedMs = performance.now();
      const options = { signal: ended.signal, loop, timeoutMs, oneAtATime };
      const verdict = await judge(next.mutation, copy, options);
      report({ ...next, ...verdict, tookMs: Math.round(performance.now() - startedMs) });
    }
  };
  const report = (result: Result) => {
    results.push(result);
    const { mutation } = result;
    const text = textOf(mutation.path);
    console.log(describeResult(result, lineOf(mutation, text)));
    const diff = diffOf(mutation, text);
    appendFileSync(
      join(directory, 'results.jsonl'),
      `${JSON.stringify({ ...result, line: lineOf(mutation, text), diff })}\n`,
    );
  };
  // An error in one ends the other; both must have ended before the copies are removed.
  const ends = copies.map((copy) => lane(copy).catch((error) => ended.abort(error)));
  await Promise.all(ends);
  ended.signal.throwIfAborted();

  const unnoticed = results.filter(
    ({ verdict }) => verdict === 'survived' || verdict === 'unclear',
  );
  const sorted = unnoticed.toSorted((a, b) => a.number - b.number);
  const diffs = sorted.map(({ number, verdict, mutation }: Result) =>
    [`${number} ${verdict}`, diffOf(mutation, textOf(mutation.path))].join('\n'),
  );
  const left = leftOut().map((file) => `Left out, as it fails without a change: ${file}`);
  const summary = [...diffs, ...left, summaryOf(results)].join('\n');
  writeFileSync(join(directory, 'summary.txt'), `${summary}\n`);
  console.log(`\n${summary}\nAll results are in ${directory}.`);
} catch (error) {
  console.error(ended.signal.aborted ? ended.signal.reason : error);
  process.exitCode = 1;
} finally {
  for (const copy of copies) await removeCopy(copy);
  rmSync(temporary, { recursive: true, force: true });
}

/** Reads a variable of make. */
function wholeNumber(name: string, otherwise: number): number {
  const text = process.env[name] ?? '';
  if (text === '') return otherwise;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  console.error(`${name}=${text} is not a whole number above 0.`);
  process.exit(2);
}
