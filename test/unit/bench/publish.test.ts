import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Run } from '../../../bench/measure.ts';
import { filledIn, pages, picture } from '../../../bench/publish.ts';
import type { CaseResult, Results } from '../../../bench/report.ts';

const run = (wallMs: number): Run => ({
  wallMs,
  cpuMs: wallMs,
  mainThreadMs: wallMs / 4,
  peakBytes: 1e8,
});
const result = (name: string, runs: CaseResult['runs']): CaseResult => ({
  name,
  imageSizeBytes: name === 'raw' ? 2e9 : 4e8,
  goals: [],
  memoryGoalBytes: undefined,
  runs,
  failures: {},
});
const results: Results = {
  machine: { cores: 2, processor: 'Z80', memoryBytes: 2 ** 31, kernel: '6.1', loadAverage: 0 },
  quick: false,
  startUpMs: { start: [40] },
  cases: [
    result('xz, blocks', { 'coreos-installer': [run(8000)], 'curl | xz > x': [run(16_000)] }),
    result('raw', { 'coreos-installer': [run(4000)] }),
    result('network of 20 MB/s', {
      'coreos-installer': [run(21_000)],
      'curl alone': [run(20_000)],
    }),
  ],
};
const page =
  'a\n<!-- tables -->\nold\n<!-- end of tables -->\nb\n<!-- model -->\n\n<!-- end of model -->\nc\n';

test('tables are filled in, whatever was there; the text around them stays', () => {
  const filled = filledIn(page, ['tables', 'model'], results);
  expect(filled).toMatch(/^a\n<!-- tables -->\n2 cores.*<!-- end of tables -->\nb\n.*\nc\n$/s);
  expect(filled).not.toContain('old');
  expect(filled).toContain('the main thread receives 200 MB/s');
  expect(filled).toContain('nothing overlaps with 1.0 s of start and end');
  expect(filledIn(filled, ['tables', 'model'], results)).toBe(filled);
});

test('a summary for the README, the fastest program first', () => {
  const filled = filledIn('<!-- summary -->\n\n<!-- end of summary -->', ['summary'], results);
  expect(filled.split('\n').slice(1, -1)).toEqual([
    'An xz image of 400 MB, from a local web server to a disk, on 2 cores:',
    '',
    '| program | time | memory |',
    '|---|---|---|',
    '| `coreos-installer` | 8.0 s | 100 MB |',
    '| `curl \\| xz > x` | 16.0 s | 100 MB |',
  ]);
});

test('a page without a place for them is a mistake', () => {
  expect(() => filledIn('a', ['tables'], results)).toThrow('<!-- tables -->');
});

test('the picture has a bar for each, longer for slower, and is sound XML', () => {
  const svg = picture(results);
  expect(svg).toContain('curl | xz &gt; x');
  const widths = [...svg.matchAll(/<rect x=.* width="(\d+)"/g)].map(([, width]) => Number(width));
  expect(widths).toHaveLength(2);
  expect(widths[1] as number).toBe(2 * (widths[0] as number));
});

test('what is published is what was measured', () => {
  const published: Results = JSON.parse(readFileSync('bench/results/full.json', 'utf8'));
  for (const [path, parts] of Object.entries(pages)) {
    const text = readFileSync(path, 'utf8');
    expect(filledIn(text, parts, published)).toBe(text);
  }
  expect(readFileSync('bench/results/full.svg', 'utf8')).toBe(picture(published));
});
