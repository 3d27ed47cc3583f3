/**
 * `make bench`: the program beside its peers, the same work, one after the other in random order.
 * Prints the table, and writes it to `bench/results/`. Nothing here fails for being slow.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { root } from '../scripts/lib/paths.ts';
import { loopDevice } from '../test/support/loop-device.ts';
import { type Case, cases } from './cases.ts';
import type { Contender } from './contenders.ts';
import { imagesDir } from './images.ts';
import { measure, type Run } from './measure.ts';
import { serve } from './network.ts';
import { type CaseResult, table } from './report.ts';
import { startUp } from './start-up.ts';

const gib = 1024 ** 3;
const quick = process.env['BENCH'] === 'quick';
const rounds = Number(process.env['ROUNDS'] || (quick ? 3 : 5));
const only = process.env['CASE'];

const all = (await cases(quick)).filter(({ name }) => !only || name.includes(only));
const results: CaseResult[] = [];
for (const one of all) results.push(await runCase(one));
const machine = {
  cores: availableParallelism(),
  processor: cpus()[0]?.model,
  memoryBytes: totalmem(),
  imageCache: 'warm: every image was read once before',
  rounds,
};
const startUpMs = await startUp(Math.max(20, rounds));
const text = table(results, startUpMs);
console.log(`\n${text}`);
const directory = join(root, 'bench/results');
await mkdir(directory, { recursive: true });
const output = join(directory, `${quick ? 'quick' : 'full'}.json`);
await writeFile(output, `${JSON.stringify({ machine, startUpMs, results }, undefined, 2)}\n`);
await writeFile(output.replace('.json', '.md'), `${text}\n`);

async function runCase(one: Case): Promise<CaseResult> {
  const image = await one.image();
  // Into the page cache: the disk that holds the images is not what is compared.
  execFileSync('cat', [image], { stdio: ['ignore', 'ignore', 'inherit'] });
  await using network = await serve(imagesDir, one.bytesPerSecond);
  const url = `${network.url}/${basename(image)}`;
  const runs = new Map<string, Run[]>(one.contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of shuffled(one.contenders)) {
      const run = await runOnce(contender, url);
      runs.get(contender.name)?.push(run);
      const { wallMs, cpuMs, peakBytes } = run;
      const figures = `${(wallMs / 1000).toFixed(1)} s, CPU ${(cpuMs / 1000).toFixed(1)} s, ${Math.round(peakBytes / 1e6)} MB`;
      console.log(`${one.name}, round ${round + 1}: ${contender.name}: ${figures}`);
    }
  }
  const { name, goals, memoryGoalBytes } = one;
  return {
    name,
    imageSizeBytes: (await stat(image)).size,
    goals,
    memoryGoalBytes,
    runs: Object.fromEntries(runs),
  };
}

async function runOnce(contender: Contender, url: string): Promise<Run> {
  const deviceSizeBytes = 24 * gib;
  await using device = await loopDevice({ sizeBytes: deviceSizeBytes });
  const directory = await mkdtemp('/var/tmp/coreos-installer-bench-');
  const tmpfs = await mkdtemp('/dev/shm/coreos-installer-bench-');
  try {
    const job = { url, device: device.path, deviceSizeBytes, directory, tmpfs };
    return await measure(contender.command(job), () => usedBytes(tmpfs));
  } finally {
    await rm(directory, { recursive: true });
    await rm(tmpfs, { recursive: true });
  }
}

function usedBytes(directory: string): number {
  return Number(execFileSync('du', ['-sk', directory], { encoding: 'utf8' }).split('\t')[0]) * 1024;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
