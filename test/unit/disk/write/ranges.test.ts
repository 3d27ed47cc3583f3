import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRange, alignRanges, type Range, totalOf } from '../../../../src/disk/write/ranges.ts';

const range = fc
  .tuple(fc.nat(200), fc.integer({ min: 1, max: 40 }))
  .map(([start, length]): Range => ({ start, end: start + length }));

describe('addRange', () => {
  it('holds exactly what was added, sorted and apart', () => {
    fc.assert(
      fc.property(fc.array(range), (added) => {
        const ranges = added.reduce<Range[]>(addRange, []);
        const places = new Set(added.flatMap(({ start, end }) => placesOf(start, end)));
        expect(ranges.flatMap(({ start, end }) => placesOf(start, end))).toEqual(
          [...places].toSorted((a, b) => a - b),
        );
        expect(totalOf(ranges)).toBe(places.size);
        expect(ranges.every(({ start }, i) => i === 0 || start > (ranges[i - 1]?.end ?? 0))).toBe(
          true,
        );
      }),
    );
  });
});

describe('alignRanges', () => {
  it('widens to whole sectors and joins those that share one', () => {
    const ranges = [
      { start: 10, end: 20 },
      { start: 100, end: 600 },
      { start: 1024, end: 1536 },
    ];
    expect(alignRanges(ranges, 512)).toEqual([{ start: 0, end: 1536 }]);
    expect(alignRanges([{ start: 512, end: 1024 }], 512)).toEqual([{ start: 512, end: 1024 }]);
  });
});

function placesOf(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
