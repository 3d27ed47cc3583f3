import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { machineSeconds, type RepackResults, repackTables } from '../../../bench/repack-report.ts';
import { root } from '../../../scripts/lib/paths.ts';

const form = { cpuMs: 20_000, mainThreadMs: 1000, wallMs: 10_500, peakBytes: 300e6 };
const results: RepackResults = {
  machine: { cores: 2, processor: 'Z80', loadAverage: 0.25 },
  decodedBytes: 2e9,
  forms: [
    { ...form, name: 'published', sizeBytes: 476e6, blocks: 10 },
    { ...form, name: 'small', sizeBytes: 490e6, blocks: 120 },
    { ...form, name: 'single', sizeBytes: 550e6, blocks: 1, cpuMs: 4000, wallMs: 3500 },
  ],
};
const [published, small, single] = results.forms as [never, never, never];

test('on the machine that was measured, the time is what was measured', () => {
  for (const one of results.forms)
    expect(machineSeconds(one, results, 2)).toBeCloseTo(one.wallMs / 1000, 1);
});

test('more cores are of use to many blocks, to few blocks less, to a single one not at all', () => {
  const on = (cores: number) =>
    [published, small, single].map((one) => machineSeconds(one, results, cores));
  const [few = 0, many = 0, one = 0] = on(16);
  expect(many).toBeLessThan(0.7 * few);
  expect(one).toBeCloseTo(3.5, 1);
});

test('in tables, the shortest in bold', () => {
  const lines = repackTables(results).split('\n');
  expect(lines).toContain('| published | 476 MB | 10 | 11 s | 20 s | 300 MB |');
  expect(lines).toContain('| 1 | 25G | 2 | 11 s | 11 s | **3.5 s** |');
  // The server's card is shared by all: the smallest file wins.
  expect(lines).toContain('| 40 | 1G | 2 | **202 s** | 207 s | 229 s |');
  expect(lines).toContain(
    '| 1000, with rack caches 10G | 25G | 2 | 20 s | 21 s | 23 s |'.replace('20 s', '**20 s**'),
  );
  expect(lines.filter((line) => /^\| (1|40|1000[^|]*) \|/.test(line))).toHaveLength(18);
});

const file = join(root, 'bench/results/repack.json');

test.skipIf(!existsSync(file))('the page shows the results in bench/results', () => {
  const page = readFileSync(join(root, 'docs/fleet/scale.md'), 'utf8');
  expect(page).toContain(repackTables(JSON.parse(readFileSync(file, 'utf8'))));
});
