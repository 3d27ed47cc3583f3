import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { parseDuration } from '../../src/parameters/duration.ts';
import { targets } from './fuzz/targets.ts';
import type { Finding, Order } from './fuzz/worker.ts';

/** No input of 64 KiB may keep a parser busy for longer, or make it take more memory. */
const mostMs = 5_000;
const mostHeapMib = 256;

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
function watch(worker: Worker, progress: SharedArrayBuffer): Promise<Finding | undefined> {
  return new Promise((resolve) => {
    let last = -1;
    const timer = setInterval(() => {
      const index = new Int32Array(progress)[0] ?? 0;
      if (index === last && started)
        end({ input: Buffer.alloc(0), message: `input ${index} takes more than ${mostMs} ms` });
      last = index;
    }, mostMs);
    let started = false;
    const end = (finding?: Finding) => {
      clearInterval(timer);
      resolve(finding);
      void worker.terminate();
    };
    worker.once('online', () => {
      started = true;
    });
    worker.on('message', (finding: Finding) => end(finding));
    worker.on('error', (error: Error) => end({ input: Buffer.alloc(0), message: String(error) }));
    worker.on('exit', () => end());
  });
}

function tellOf(target: string, { input, message }: Finding, tried: number): string {
  mkdirSync(found, { recursive: true });
  const path = join(found, `${target}-${seed}-${tried}`);
  writeFileSync(path, input);
  return `${message}\nThe input is in ${path}: once it is understood, keep it in test/break/fuzz/cases/${target}.`;
}
