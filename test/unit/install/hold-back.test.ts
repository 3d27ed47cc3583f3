import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeldRange, holdBack } from '../../../src/install/hold-back.ts';

const imageSizeBytes = 256;
const image = Uint8Array.from({ length: imageSizeBytes }, (_, index) => index);

describe('holdBack', () => {
  test('keeps its ranges from the sink and passes everything else, wherever the cuts are', async () => {
    const cutsAndRanges = fc.record({
      cuts: fc.uniqueArray(fc.integer({ min: 1, max: imageSizeBytes - 1 }), { maxLength: 12 }),
      headBytes: fc.integer({ min: 0, max: 100 }),
      tailBytes: fc.integer({ min: 0, max: 100 }),
      seed: fc.integer(),
    });
    await fc.assert(
      fc.asyncProperty(cutsAndRanges, async ({ cuts, headBytes, tailBytes, seed }) => {
        const head = new HeldRange(0, headBytes);
        const tail = new HeldRange(imageSizeBytes - tailBytes, tailBytes);
        const disk = new Uint8Array(imageSizeBytes).fill(0xee);
        const sink = holdBack([head, tail], async (offset, bytes) => disk.set(bytes, offset));

        const edges = [0, ...cuts.toSorted((a, b) => a - b), imageSizeBytes];
        const pieces = edges.slice(1).map((end, index) => ({ start: edges[index] ?? 0, end }));
        for (const { start, end } of rotated(pieces, seed)) {
          await sink(start, image.subarray(start, end));
        }

        expect(head.complete && tail.complete).toBe(true);
        expect(head.bytes).toEqual(image.subarray(0, headBytes));
        expect(tail.bytes).toEqual(image.subarray(imageSizeBytes - tailBytes));
        const passed = image
          .slice()
          .fill(0xee, 0, headBytes)
          .fill(0xee, imageSizeBytes - tailBytes);
        expect(disk).toEqual(passed);
      }),
    );
  });

  test('is not complete while a byte is missing', async () => {
    const head = new HeldRange(0, 10);
    await holdBack([head], async () => {})(0, image.subarray(0, 9));
    expect(head.complete).toBe(false);
  });

  test('fails when the sink fails', async () => {
    const sink = holdBack([new HeldRange(0, 4)], () => Promise.reject(new Error('EIO')));
    await expect(sink(0, image)).rejects.toThrow('EIO');
  });
});

function rotated<T>(values: readonly T[], by: number): T[] {
  const at = Math.abs(by) % values.length;
  return [...values.slice(at), ...values.slice(0, at)];
}
