import { expect, test } from 'vitest';
import { protectiveMbr, stretchProtectiveMbr } from '../../../../src/disk/gpt/protective-mbr.ts';

const recordOf = (sector: Uint8Array) => [...sector.subarray(446, 462)];
const mib = 1024 * 1024;

test('the record keeps the whole disk, and has the boot flag off', () => {
  const [flag, start, type, first] = [0, [0, 2, 0], 0xee, [1, 0, 0, 0]];
  // Of 16,384 sectors all but the first; its last one is the fifth track’s fourth, of the second cylinder.
  expect(recordOf(protectiveMbr(512, 8 * mib))).toEqual([
    ...[flag, ...start, type, ...[5, 4, 1], ...first],
    ...[0xff, 0x3f, 0, 0],
  ]);
});

/** Cylinders are counted to 1023, and sectors in 32 bits. */
test.each<[bigint, number, number[]]>([
  [62n, 62, [0, 63, 0]],
  [63n, 63, [1, 1, 0]],
  [16_450_559n, 16_450_559, [254, 0xff, 0xff]],
  [16_450_560n, 16_450_560, [0xff, 0xff, 0xff]],
  [0xffff_ffffn, 0xffff_ffff, [0xff, 0xff, 0xff]],
  [0x1_0000_0000n, 0xffff_ffff, [0xff, 0xff, 0xff]],
  [2n ** 40n, 0xffff_ffff, [0xff, 0xff, 0xff]],
])('up to sector %i it has %i sectors, and ends at %j', (lastLba, sectors, end) => {
  const sector = Buffer.from(protectiveMbr(512, mib));
  stretchProtectiveMbr(sector, lastLba);
  expect(sector.readUInt32LE(446 + 12)).toBe(sectors);
  expect(recordOf(sector).slice(5, 8)).toEqual(end);
});

test('a first record of another kind is left alone', () => {
  for (const [place, value] of [
    [446 + 4, 0x83],
    [446 + 8, 2],
  ] as const) {
    const sector = Buffer.from(protectiveMbr(512, mib));
    sector.writeUInt8(value, place);
    const before = Buffer.from(sector);
    stretchProtectiveMbr(sector, 2n ** 20n);
    expect(sector.equals(before)).toBe(true);
  }
});
