import { expect, test } from 'vitest';
import { type Costs, type Image, predict } from '../../../bench/model.ts';

const image: Image = { compressedBytes: 400e6, decodedBytes: 2000e6, blocks: 10 };
/** One core decodes 100 MB/s; the main thread takes in 400 MB/s. */
const costs: Costs = { decodeMsPerByte: 1e-5, mainMsPerByte: 2.5e-6, fixedMs: 500 };
const endless = Number.POSITIVE_INFINITY;
const place = (cores: number, networkBytesPerSecond = endless, diskBytesPerSecond = endless) => ({
  cores,
  networkBytesPerSecond,
  diskBytesPerSecond,
});

test('a slow network is all that counts', () => {
  const { totalMs, bottleneck } = predict(image, place(8, 10e6), costs);
  expect(bottleneck).toBe('network');
  expect(totalMs).toBeCloseTo(40_500, -3);
});

test('few cores share what there is to decode, and the main thread’s work', () => {
  const { totalMs, bottleneck } = predict(image, place(2), costs);
  expect(bottleneck).toBe('cores');
  expect(totalMs).toBeCloseTo((20_000 + 1_000) / 2 + 500, -3);
});

test('twice the cores, half the time, as long as there are blocks', () => {
  const [two, four] = [2, 4].map((cores) => predict(image, place(cores), costs).totalMs - 500);
  expect((two as number) / (four as number)).toBeGreaterThan(1.6);
  const [many, more] = [16, 64].map((cores) => predict(image, place(cores), costs).totalMs);
  expect(many).toBe(more);
});

test('with many cores the last blocks are waited for', () => {
  const { totalMs, bottleneck } = predict(image, place(64), costs);
  expect(bottleneck).toBe('last blocks');
  // The last block begins when nine tenths are there.
  expect(totalMs).toBe(900 + 2_000 + 500);
});

test('with blocks enough, it is the main thread', () => {
  const { bottleneck } = predict({ ...image, blocks: 1000 }, place(64), costs);
  expect(bottleneck).toBe('main thread');
});

test('a slow disk is all that counts', () => {
  const { totalMs, bottleneck } = predict(image, place(64, endless, 20e6), costs);
  expect(bottleneck).toBe('disk');
  expect(totalMs).toBe(100_500);
});
