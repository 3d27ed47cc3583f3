import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type FleetResults,
  fleetTable,
  missedGoals,
  quantilesOf,
} from '../../../bench/fleet-report.ts';
import { root } from '../../../scripts/lib/paths.ts';

const results: FleetResults = {
  machine: { cores: 2, processor: 'Z80', loadAverage: 0.25 },
  ...{ machines: 10_000, seconds: 200.4, requests: 1_234_567, restartMs: 2500 },
  ipxeMs: { count: 99_000, median: 2, p99: 30 },
  plainMs: { count: 9_000, median: 1, p99: 20 },
  cpuMsPerRequest: 0.4,
  ...{ peakBytes: 250e6, events: 60_000, acknowledged: 40_000, lost: 0 },
};

test('figures and goals in a table', () => {
  expect(fleetTable(results).split('\n')).toEqual([
    '10 000 machines in 200 s, 1 234 567 requests; 2 cores (Z80), which the machines share with the server; load before: 0.3',
    '',
    '| | measured | goal |',
    '|---|---|---|',
    '| `/ipxe`, 99 % of 99 000 | 30.0 ms | 50 ms |',
    '| compared with fastify alone: 20.0 ms | 1.5 times | 3 times |',
    '| `/ipxe`, half of them (fastify alone) | 2.0 ms (1.0 ms) | |',
    '| processor time of a request, the server’s starts included | 0.40 ms | |',
    '| memory, program included | 250 MB | 300 MB |',
    '| acknowledged reports that `kill -9` has lost | 0 of 40 000 | 0 |',
    '| from `kill -9` until the next server answers, 60 000 events in the end | 2.5 s | |',
  ]);
  expect(missedGoals(results)).toEqual([]);
});

test.each<[Partial<FleetResults>, string]>([
  [{ ipxeMs: { count: 1, median: 1, p99: 51 } }, 'the 99th percentile of /ipxe'],
  [{ plainMs: { count: 1, median: 1, p99: 9 } }, '/ipxe beside fastify alone'],
  [{ peakBytes: 301e6 }, 'the memory'],
  [{ lost: 1 }, 'the events'],
])('a goal that is missed: %j', (changes, what) => {
  expect(missedGoals({ ...results, ...changes })).toEqual([what]);
});

test('of a hundred values, one is above the 99th percentile', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(quantilesOf(values)).toEqual({ count: 200, median: 101, p99: 199 });
});

const file = join(root, 'bench/results/fleet.json');

test.skipIf(!existsSync(file))('the page shows the results in bench/results', () => {
  const page = readFileSync(join(root, 'docs/fleet/scale.md'), 'utf8');
  expect(page).toContain(fleetTable(JSON.parse(readFileSync(file, 'utf8'))));
});
