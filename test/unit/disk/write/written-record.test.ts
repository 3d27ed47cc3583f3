import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WrittenRecord } from '../../../../src/disk/write/written-record.ts';

const mib = 1024 * 1024;
const sizeBytes = 4 * mib;

/** The pieces that do not fit what is on the device. */
function differing(record: WrittenRecord, device: Uint8Array, start?: number, end?: number) {
  return [...record.pieces(start, end)]
    .filter(({ offsetBytes, lengthBytes, fits }) => {
      return !fits(device.subarray(offsetBytes, offsetBytes + lengthBytes));
    })
    .map(({ offsetBytes, lengthBytes }) => [offsetBytes, lengthBytes]);
}

test('one flipped bit anywhere shows, in its piece', () => {
  const device = new Uint8Array(sizeBytes).fill(7);
  const record = new WrittenRecord();
  record.add(100, device.subarray(100, 3 * mib + 5));
  expect(differing(record, device)).toEqual([]);
  for (const [at, piece] of [
    [100, [100, mib - 100]],
    [mib, [mib, mib]],
    [3 * mib - 1, [2 * mib, mib]],
    [3 * mib + 4, [3 * mib, 5]],
  ] as const) {
    device[at] = 6;
    expect(differing(record, device)).toEqual([piece]);
    device[at] = 7;
  }
  device[99] = device[3 * mib + 5] = 0;
  expect(differing(record, device)).toEqual([]);
});

test('zeros stay known around what is written over them', () => {
  const device = new Uint8Array(sizeBytes);
  const record = new WrittenRecord();
  record.addZeros(0, 2 * mib);
  device.fill(1, 1000, mib + 1000);
  record.add(1000, device.subarray(1000, mib + 1000));
  expect(differing(record, device)).toEqual([]);
  device[5] = device[mib + 2000] = 9;
  expect(differing(record, device)).toEqual([
    [0, 1000],
    [mib + 1000, mib - 1000],
  ]);
});

test('what touches a later range stays known', () => {
  const device = new Uint8Array(sizeBytes).fill(7);
  const record = new WrittenRecord();
  record.add(0, device.subarray(0, 1000));
  record.add(5000, device.subarray(5000, 6000));
  record.add(1000, device.subarray(1000, 5000));
  device[999] = device[5000] = 0;
  expect(differing(record, device)).toEqual([
    [0, 1000],
    [5000, 1000],
  ]);
});

test('what is forgotten, or outside the range asked for, is not compared', () => {
  const device = new Uint8Array(sizeBytes).fill(7);
  const record = new WrittenRecord();
  record.add(0, device);
  const wrong = device.map((byte, at) => (at % mib === 12 ? 0 : byte));
  expect(differing(record, wrong, mib, 2 * mib)).toEqual([[mib, mib]]);
  record.forget(mib, 2 * mib);
  expect(differing(record, wrong)).toEqual([
    [0, mib],
    [3 * mib, mib],
  ]);
});

test('whatever is written in whatever order fits, and most of it is known', () => {
  const write = fc.record({
    at: fc.nat(sizeBytes - 1),
    length: fc.oneof(fc.nat(3 * mib), fc.constantFrom(mib, 2 * mib, 512)),
    byte: fc.nat(2),
    aligned: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 12 }), (writes) => {
      const device = new Uint8Array(sizeBytes).fill(255);
      const record = new WrittenRecord();
      for (const { at, length, byte, aligned } of writes) {
        const start = aligned ? at - (at % mib) : at;
        const end = Math.min(sizeBytes, start + length);
        device.fill(byte, start, end);
        if (byte === 0 && aligned) record.addZeros(start, end - start);
        else record.add(start, device.subarray(start, end));
      }
      expect(differing(record, device)).toEqual([]);
      const known = new Uint8Array(sizeBytes);
      for (const { offsetBytes, lengthBytes } of record.pieces()) {
        expect(known.subarray(offsetBytes, offsetBytes + lengthBytes).includes(1)).toBe(false);
        known.fill(1, offsetBytes, offsetBytes + lengthBytes);
        expect(device.subarray(offsetBytes, offsetBytes + lengthBytes).includes(255)).toBe(false);
      }
      // The last write is always known as a whole.
      const last = writes.at(-1);
      if (last === undefined) return;
      const start = last.aligned ? last.at - (last.at % mib) : last.at;
      const end = Math.min(sizeBytes, start + last.length);
      expect(known.subarray(start, end).includes(0)).toBe(false);
    }),
    { numRuns: 30 },
  );
});
