import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { parseDuration } from '../../src/parameters/duration.ts';
import { inputOf, targets } from './fuzz/targets.ts';
import type { Finding, Order } from './fuzz/worker.ts';

/** No input of 64 KiB may keep a parser busy for longer, or make it take more memory. */
const mostMs = 10_000;
const mostHeapMib = 256;

/** The number of the input while the worker takes in its modules. */
const notBegun = -1;

const cases = join(import.meta.dirname, 'fuzz/cases');
const found = join(import.meta.dirname, '../../build/fuzz');
const totalMs = parseDuration(process.env['FUZZ_TIME'] || '12s') ?? 12_000;
const seed = Number(process.env['SEED'] || 1);

/**
 * Every parser gets inputs that are like good ones with something wrong, in a thread whose time
 * and memory are watched. Jazzer.js would be guided by coverage, but takes neither ES modules nor
 * TypeScript; fast-check makes up structures rather than damaging real files. So: mutations of a
 * corpus, from a seed. What was found once stays in `fuzz/cases` and comes first for ever.
 */
test.each(targets.map(({ name }) => name))('%s understands or refuses', async (target) => {
  const progress = new SharedArrayBuffer(4);
  new Int32Array(progress)[0] = notBegun;
  const known = knownCases(target);
  const order: Order = {
    target,
    seed,
    forMs: totalMs / targets.length,
    cases: known,
    progress,
  };
  const finding = await watch(
    new Worker(new URL('./fuzz/worker.ts', import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: mostHeapMib },
    }),
    progress,
    (index) => known[index] ?? inputOf(target, seed, index - known.length),
  );
  const tried = (new Int32Array(progress)[0] ?? 0) + 1;
  process.stdout.write(`fuzz: ${target}: ${tried} inputs\n`);
  if (finding !== undefined) expect.fail(tellOf(target, finding, tried));
});

function knownCases(target: string): Uint8Array[] {
  const directory = join(cases, target);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map((name) => readFileSync(join(directory, name)));
}

/** What went wrong; undefined when the worker came to its end. */
function watch(
  worker: Worker,
  progress: SharedArrayBuffer,
  inputAt: (index: number) => Uint8Array,
): Promise<Finding | undefined> {
  return new Promise((resolve) => {
    let last = notBegun;
    const timer = setInterval(() => {
      const index = new Int32Array(progress)[0] ?? 0;
      if (index === last && index !== notBegun)
        end({ input: inputAt(index), message: `input ${index} takes more than ${mostMs} ms` });
      last = index;
    }, mostMs);
    const end = (finding?: Finding) => {
      clearInterval(timer);
      resolve(finding);
      void worker.terminate();
    };
    worker.on('message', (finding: Finding) => end(finding));
    worker.on('error', (error: Error) => {
      const index = Math.max(0, new Int32Array(progress)[0] ?? 0);
      end({ input: inputAt(index), message: error.stack ?? String(error) });
    });
    worker.on('exit', () => end());
  });
}

function tellOf(target: string, { input, message }: Finding, tried: number): string {
  mkdirSync(found, { recursive: true });
  const path = join(found, `${target}-${seed}-${tried}`);
  writeFileSync(path, input);
  return `${message}\nThe input is in ${path}: once it is understood, keep it in test/break/fuzz/cases/${target}.`;
}
