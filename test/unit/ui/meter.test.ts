import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProgressEvent } from '../../../src/install/pipeline.ts';
import { Meter } from '../../../src/ui/meter.ts';

const mib = 1024 * 1024;
const event = (part: Partial<ProgressEvent>): ProgressEvent => ({
  receivedBytes: 0,
  sourceSizeBytes: 100 * mib,
  decodedBytes: 0,
  onDeviceBytes: 0,
  toWriteBytes: 400 * mib,
  elapsedMs: 0,
  ...part,
});

const inMib = (bytes = Number.NaN) => bytes / mib;

/** Both sides at a steady pace, an event every 100 ms. */
function run(meter: Meter, fromMs: number, toMs: number, receivedMibPerS: number, start = 0) {
  for (let atMs = fromMs; atMs <= toMs; atMs += 100) {
    const receivedBytes = start + ((atMs - fromMs) / 1000) * receivedMibPerS * mib;
    meter.update(event({ receivedBytes, onDeviceBytes: receivedBytes * 4 }), atMs);
  }
}

test('before the first event there is nothing to read', () => {
  expect(new Meter().read(0)).toBeUndefined();
});

test('a steady pace gives its rates, the percentage and the time left', () => {
  const meter = new Meter();
  run(meter, 0, 20_000, 2);
  const reading = meter.read(20_000);
  expect(reading?.percent).toBeCloseTo(40);
  expect(inMib(reading?.receivedRate)).toBeCloseTo(2);
  expect(inMib(reading?.onDeviceRate)).toBeCloseTo(8);
  expect(reading?.leftMs).toBeCloseTo(30_000);
});

test('the rate is that of the last seconds, and falls to nothing when nothing comes', () => {
  const meter = new Meter();
  run(meter, 0, 30_000, 1);
  run(meter, 30_000, 45_000, 2, 30 * mib);
  expect(inMib(meter.read(45_000)?.receivedRate)).toBeCloseTo(2, 1);
  expect(inMib(meter.read(50_000)?.receivedRate)).toBeCloseTo(1, 1);
  expect(meter.read(60_000)).toMatchObject({ receivedRate: 0, onDeviceRate: 0, leftMs: undefined });
});

test('the time left is told only after two seconds', () => {
  const meter = new Meter();
  run(meter, 0, 1_900, 2);
  expect(meter.read(1_900)?.leftMs).toBeUndefined();
  run(meter, 2_000, 2_000, 2, 4 * mib);
  expect(meter.read(2_000)?.leftMs).toBeGreaterThan(0);
});

test.each([
  ['the network', { receivedBytes: 20 * mib, onDeviceBytes: 200 * mib }, 20_000],
  ['the disk', { receivedBytes: 50 * mib, onDeviceBytes: 40 * mib }, 45_000],
  ['the disk, when all has come', { receivedBytes: 100 * mib, onDeviceBytes: 100 * mib }, 15_000],
  ['nobody, when all is there', { receivedBytes: 100 * mib, onDeviceBytes: 400 * mib }, 0],
])('the time left is that of the slower one: %s', (_, now, leftMs) => {
  const meter = new Meter();
  meter.update(event({}), 0);
  meter.update(event(now), 5_000);
  expect(meter.read(5_000)?.leftMs).toBeCloseTo(leftMs);
});

test('when all has come, and nothing comes any more, the disk tells the time left', () => {
  const meter = new Meter();
  meter.update(event({ receivedBytes: 100 * mib }), 0);
  meter.update(event({ receivedBytes: 100 * mib, onDeviceBytes: 100 * mib }), 5_000);
  expect(meter.read(5_000)?.leftMs).toBeCloseTo(15_000);
});

test('nothing is left, to the byte, once all is there, however short it took', () => {
  const all = { receivedBytes: 100 * mib, onDeviceBytes: 400 * mib };
  const read = (part: Partial<ProgressEvent>) => {
    const meter = new Meter();
    meter.update(event({ ...all, ...part }), 0);
    return meter.read(0);
  };
  expect(read({})).toMatchObject({ percent: 100, leftMs: 0 });
  expect(read({ receivedBytes: 100 * mib + 1 })).toMatchObject({ percent: 100, leftMs: 0 });
  expect(read({ receivedBytes: 100 * mib - 1 })?.leftMs).toBeUndefined();
  expect(read({ receivedBytes: 100 * mib - 1 })?.percent).toBeLessThan(100);
});

test('what comes beyond what was announced does not make the time left negative', () => {
  const meter = new Meter();
  const sizes = { sourceSizeBytes: 100, toWriteBytes: undefined };
  meter.update(event({ ...sizes, receivedBytes: 50 }), 0);
  meter.update(event({ ...sizes, receivedBytes: 101 }), 5_000);
  expect(meter.read(5_000)?.leftMs).toBe(0);
});

test('rates are taken over ten seconds, from a sample at most every quarter of a second', () => {
  const rateOf = (...moments: [atMs: number, receivedBytes: number][]) => {
    const meter = new Meter();
    for (const [atMs, receivedBytes] of moments) meter.update(event({ receivedBytes }), atMs);
    return meter.read(moments.at(-1)?.[0] ?? 0)?.receivedRate;
  };
  // The second is a sample, and just ten seconds old.
  expect(rateOf([0, 0], [250, 5_000], [10_250, 15_000])).toBeCloseTo(1_000);
  // It is not quite so old: the one before counts.
  expect(rateOf([0, 0], [250, 5_000], [10_249, 20_498])).toBeCloseTo(2_000);
  // It came too soon after the first.
  expect(rateOf([0, 0], [249, 5_000], [10_249, 20_498])).toBeCloseTo(2_000);
});

test('whichever of network and disk is further behind counts', () => {
  const meter = new Meter();
  meter.update(event({ receivedBytes: 100 * mib, onDeviceBytes: 100 * mib }), 0);
  expect(meter.read(0)?.percent).toBe(25);
});

describe('sizes that are not known', () => {
  test('of both: no percentage, no time left, but rates', () => {
    const meter = new Meter();
    const unknown = { sourceSizeBytes: undefined, toWriteBytes: undefined };
    meter.update(event(unknown), 0);
    meter.update(event({ ...unknown, receivedBytes: 10 * mib }), 5_000);
    expect(meter.read(5_000)).toMatchObject({
      percent: undefined,
      leftMs: undefined,
      receivedRate: 2 * mib,
    });
  });

  test('of one: the other one counts', () => {
    const meter = new Meter();
    meter.update(event({ toWriteBytes: undefined, receivedBytes: 50 * mib }), 0);
    expect(meter.read(0)?.percent).toBe(50);
  });
});

test('a source that sends more than it announced, or is empty, stays within 100 %', () => {
  const meter = new Meter();
  meter.update(event({ receivedBytes: 200 * mib, toWriteBytes: undefined }), 0);
  expect(meter.read(0)?.percent).toBe(100);
  const empty = new Meter();
  empty.update(event({ sourceSizeBytes: 0, toWriteBytes: undefined }), 0);
  expect(empty.read(0)?.percent).toBe(0);
});

test('whatever comes, the percentage never falls and rates are finite', () => {
  const size = fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined });
  const step = fc.tuple(fc.nat(500), fc.nat(500), fc.nat(3000), size, size);
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const meter = new Meter();
      let [receivedBytes, onDeviceBytes, atMs, percent] = [0, 0, 0, 0];
      for (const [received, written, ms, sourceSizeBytes, toWriteBytes] of steps) {
        receivedBytes += received;
        onDeviceBytes += written;
        atMs += ms;
        meter.update(event({ receivedBytes, onDeviceBytes, sourceSizeBytes, toWriteBytes }), atMs);
        const reading = meter.read(atMs);
        expect(reading?.percent ?? percent).toBeGreaterThanOrEqual(percent);
        percent = reading?.percent ?? percent;
        expect(reading?.receivedRate).toSatisfy(Number.isFinite);
        expect(reading?.leftMs ?? 0).toSatisfy(Number.isFinite);
      }
    }),
  );
});
