/**
 * `make bench-repack`: installs the same image as it is published, and as `image add --repack` packs it,
 * in random order. Writes bench/results/repack.json and fills it into docs/fleet/scale.md.
 */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { root } from '../scripts/lib/paths.ts';
import { type Packing, packerArguments } from '../src/provision/wanted/packing.ts';
import { type Contender, ours } from './contenders.ts';
import { compressed, realImage } from './images.ts';
import { medianOf } from './measured-costs.ts';
import { withPart } from './publish.ts';
import { type Form, type RepackResults, repackTables } from './repack-report.ts';
import { runCase } from './run-case.ts';

const quick = process.env['BENCH'] === 'quick';
const rounds = Number(process.env['ROUNDS'] || (quick ? 3 : 5));
const mib = 1024 * 1024;

const raw = await realImage((quick ? 512 : 2048) * mib);
const decodedBytes = (await stat(raw)).size;
const repacked = async (packing: Packing) =>
  await compressed(raw, packing, packerArguments(packing, decodedBytes));
/** The first is packed as those of Fedora CoreOS are. */
const images: Readonly<Record<string, string>> = {
  'xz as published': await compressed(raw, 'xz', ['-9', '-T2']),
  '`--repack xz`': await repacked('xz'),
  '`--repack zstd`': await repacked('zstd'),
};

const contenders = Object.entries(images).map(([name, path]): Contender => {
  const installing = ours();
  return {
    name,
    async prepare() {
      await installing.prepare?.();
      await execa('cat', [path], { stdout: 'ignore' });
    },
    command: (job) => installing.command({ ...job, url: new URL(basename(path), job.url).href }),
  };
});
const [loadAverage = 0] = loadavg();
const image = async () => images['xz as published'] as string;
const result = await runCase({ name: 'repacked', image, contenders, goals: [] }, rounds);

const forms: Form[] = [];
for (const [name, path] of Object.entries(images)) {
  const median = (of: Parameters<typeof medianOf>[2]) => medianOf(result, name, of);
  forms.push({
    name,
    sizeBytes: (await stat(path)).size,
    blocks: path.endsWith('.xz') ? await blocksOf(path) : 1,
    wallMs: median('wallMs'),
    cpuMs: median('cpuMs'),
    mainThreadMs: median('mainThreadMs'),
    peakBytes: Math.max(...(result.runs[name] ?? []).map(({ peakBytes }) => peakBytes)),
  });
}
const machine = {
  cores: availableParallelism(),
  processor: cpus()[0]?.model ?? 'unknown',
  loadAverage,
};
const results: RepackResults = { machine, decodedBytes, forms };
console.log(repackTables(results));
if (Object.keys(result.failures).length > 0) process.exitCode = 1;
else if (!quick) {
  const file = join(root, 'bench/results/repack.json');
  await writeFile(file, `${JSON.stringify(results, undefined, 1)}\n`);
  const page = join(root, 'docs/fleet/scale.md');
  await writeFile(page, withPart(await readFile(page, 'utf8'), 'repack', repackTables(results)));
}

async function blocksOf(path: string): Promise<number> {
  const { stdout } = await execa('xz', ['--robot', '--list', path]);
  return Number(/^file\t1\t(\d+)\t/m.exec(stdout)?.[1]);
}
