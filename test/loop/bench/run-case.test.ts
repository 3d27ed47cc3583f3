import { expect, test } from 'vitest';
import { ours, staged } from '../../../bench/contenders.ts';
import { tables } from '../../../bench/report.ts';
import { runCase } from '../../../bench/run-case.ts';
import { compress, makeDiskImage } from '../../support/disk-image.ts';

const fillBytes = 32 * 1024 * 1024;
const image = async () => {
  const raw = await makeDiskImage({ layout: 'today', rootSizeBytes: 2 * fillBytes, fillBytes });
  return await compress(raw, 'xz', ['-0']);
};

test('a case of the bench, run for real, on a shaped network', async () => {
  const contenders = [ours(), staged];
  const bytesPerSecond = 40e6;
  const result = await runCase(
    { name: 'small', image, contenders, goals: [], bytesPerSecond, cold: true },
    1,
  );

  expect(result.failures).toEqual({});
  expect(Object.keys(result.runs).toSorted()).toEqual(
    contenders.map(({ name }) => name).toSorted(),
  );
  for (const runs of Object.values(result.runs)) {
    expect(runs).toHaveLength(1);
    for (const { wallMs, cpuMs, peakBytes } of runs) {
      // Not faster than the network.
      expect(wallMs).toBeGreaterThan((0.9 * fillBytes * 1000) / bytesPerSecond);
      expect(cpuMs).toBeGreaterThan(0);
      expect(peakBytes).toBeGreaterThan(1e6);
    }
  }
  // What is staged in a tmpfs is memory.
  for (const { peakBytes } of result.runs[staged.name] ?? [])
    expect(peakBytes).toBeGreaterThan(0.9 * fillBytes);

  const machine = { cores: 1, processor: 'x', memoryBytes: 1, kernel: '6', loadAverage: 0 };
  const text = tables({ machine, quick: true, startUpMs: {}, cases: [result] });
  expect(text).toMatch(/^\| small \| `coreos-installer` \| 1 \| [\d.]+ \(/m);
});

test('who fails says why, is not asked again, and keeps nobody from running', async () => {
  const broken = {
    name: 'broken',
    command: () => ['sh', '-c', 'echo no such thing >&2; exit 3'],
  };
  const unobtainable = {
    ...broken,
    name: 'unobtainable',
    prepare: () => Promise.reject(new Error('gone')),
  };
  const contenders = [broken, unobtainable, { name: 'fine', command: () => ['true'] }];
  const result = await runCase({ name: 'failing', image, contenders, goals: [] }, 2);
  expect(result.failures['broken']).toContain('no such thing');
  expect(Object.keys(result.failures).toSorted()).toEqual(['broken', 'unobtainable']);
  expect(result.runs['fine']).toHaveLength(2);
});
