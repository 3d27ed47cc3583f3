import { expect, test } from 'vitest';
import type { Goal } from '../../../bench/cases.ts';
import type { Run } from '../../../bench/measure.ts';
import { type CaseResult, tables } from '../../../bench/report.ts';

const run = (wallMs: number, peakBytes = 100e6): Run => ({
  wallMs,
  cpuMs: wallMs / 2,
  mainThreadMs: 0,
  peakBytes,
});

const result = (goals: readonly Goal[], own: Run[], other: Run[] = []): CaseResult => ({
  name: 'case',
  imageSizeBytes: 1,
  goals,
  memoryGoalBytes: 200e6,
  runs: { 'coreos-installer': own, 'curl | cat': other },
  failures: { bmaptool: 'no such file' },
});

function lines(...cases: CaseResult[]): string[] {
  const machine = {
    cores: 2,
    processor: 'Z80',
    memoryBytes: 2 ** 31,
    kernel: '6.1',
    loadAverage: 0,
  };
  return tables({ machine, quick: false, startUpMs: { start: [40, 60, 41] }, cases }).split('\n');
}

test('medians, extremes, and the largest peak', () => {
  const text = lines(result([], [run(2000), run(9000, 150e6), run(1000)]));
  expect(text).toContain('| case | `coreos-installer` | 3 | 2.0 (1.0 to 9.0) | 1.0 | 150 |');
});

test.each([
  ['speed', { atLeast: 2 }, 'speed ×3.00 | ≥ 2 | met'],
  ['speed', { atLeast: 4 }, 'speed ×3.00 | ≥ 4 | **missed**'],
  ['time', { atMost: 1 }, 'time ×0.333 | ≤ 1 | met'],
  ['memory', { atMost: 0.4 }, 'memory ×0.50 | ≤ 0.4 | **missed**'],
] as const)('a goal of %s, %j: %s', (of, limit, expected) => {
  const goal: Goal = { of, against: 'curl | cat', ...limit };
  const text = lines(result([goal], [run(1000)], [run(3000, 200e6)]));
  expect(text).toContain(`| case | curl \\| cat | ${expected} |`);
});

test('a goal against another case', () => {
  const goal: Goal = { of: 'time', against: 'case', atMost: 1.3 };
  const text = lines(result([], [run(1000)]), {
    ...result([goal], [run(1500)]),
    name: 'other',
  });
  expect(text).toContain('| other | case | time ×1.500 | ≤ 1.3 | **missed** |');
});

test('what was not run is neither met nor missed', () => {
  const goal: Goal = { of: 'speed', against: 'nobody', atLeast: 1 };
  expect(lines(result([goal], [run(1000)]))).toContain('| case | nobody | not run | | |');
});

test('memory and the start have goals of their own', () => {
  const text = lines(result([], [run(1000, 200e6), run(1000, 201e6)]));
  expect(text).toContain('| case | | 201 MB at most | ≤ 200 MB | **missed** |');
  expect(text).toContain('| start | `start` | 41 ms | ≤ 50 ms | met |');
});

test('who fails is told', () => {
  expect(lines(result([], [run(1000)]))).toContain('| case | `bmaptool` | failed | | | |');
});
