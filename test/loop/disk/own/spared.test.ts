import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DeviceFile } from '../../../../src/disk/own/device-file.ts';
import { OwnedDisk } from '../../../../src/disk/own/owned-disk.ts';
import { wipeOldSignatures } from '../../../../src/disk/write/wipe.ts';
import { alignedBuffers } from '../../../../src/lib/aligned-memory.ts';
import { type LoopDevice, loopDevice } from '../../../support/loop-device.ts';
import { targetOf } from '../../../support/loop-target.ts';

const mib = 1024 * 1024;
const sizeBytes = 16 * mib;
const saved = { start: 8 * mib - 512, end: 12 * mib + 512 };
const table = { start: 512, end: 1024 };
const refusal = /may not be written: they are spared$/;

/** Whether a range of the disk is as it was. */
function isUntouched(disk: LoopDevice, before: Buffer, { start, end } = saved): boolean {
  return readFileSync(disk.path).subarray(start, end).equals(before.subarray(start, end));
}

/** Ranges that overlap the saved one, at both ends, within it and around it. */
const overlapping: readonly [start: number, end: number][] = [
  [saved.start - 512, saved.start + 512],
  [saved.start, saved.start + 512],
  [10 * mib, 11 * mib],
  [saved.end - 512, saved.end + 512],
  [saved.start - mib, saved.end + mib],
];

test('whatever asks an open disk to write, it refuses what is spared', async () => {
  await using disk = await loopDevice({ sizeBytes });
  const before = readFileSync(disk.path);
  await using file = await DeviceFile.open(targetOf(disk));
  file.spare({ saved: [saved], table: [table] });
  const [buffer] = alignedBuffers(1, 8 * mib) as [Uint8Array];
  for (const [start, end] of overlapping) {
    await expect(file.write(buffer, 0, end - start, start)).rejects.toThrow(refusal);
    // Not even a table.
    const asTable = file.write(buffer, 0, end - start, start, { ofTable: true });
    await expect(asTable).rejects.toThrow(refusal);
    await expect(file.zero({ start, end })).rejects.toThrow(refusal);
    expect(() => file.refuseSpared({ start, end })).toThrow(refusal);
  }
  await expect(file.write(buffer, 0, 1024, 0)).rejects.toThrow(refusal);
  expect(isUntouched(disk, before, { start: 0, end: sizeBytes })).toBe(true);
  // What only touches them is written, and so is a table in its own place.
  await file.write(buffer, 0, 512, saved.start - 512);
  await file.write(buffer, 0, 512, saved.end);
  await file.write(buffer, 0, 512, 512, { ofTable: true });
  await file.sync();
  expect(isUntouched(disk, before)).toBe(true);
  expect(isUntouched(disk, before, table)).toBe(false);
});

test('a writer refuses before it gathers bytes, in pieces of any size', async () => {
  await using disk = await loopDevice({ sizeBytes });
  const before = readFileSync(disk.path);
  await using owned = await OwnedDisk.claim(targetOf(disk));
  owned.file.spare({ saved: [saved], table: [table] });
  await owned.write({}, async (device) => {
    for (const [start, end] of overlapping) {
      await expect(device.write(start, new Uint8Array(end - start))).rejects.toThrow(refusal);
      await expect(device.write(start + 1, new Uint8Array(end - start))).rejects.toThrow(refusal);
      await expect(device.writeZeros(start, end - start)).rejects.toThrow(refusal);
    }
    await expect(device.write(700, new Uint8Array(1))).rejects.toThrow(refusal);
    // The sector before, of which a part is given: its neighbour is not rewritten with it.
    await device.write(saved.start - 100, new Uint8Array(100));
    await device.flush();
  });
  expect(isUntouched(disk, before)).toBe(true);
});

test('wiping leaves out what is spared, whatever partitions overlap it', async () => {
  await using disk = await loopDevice({ sizeBytes });
  const before = readFileSync(disk.path);
  await using owned = await OwnedDisk.claim(targetOf(disk));
  const tail = { start: sizeBytes - 33 * 512, end: sizeBytes };
  owned.file.spare({ saved: [saved], table: [table, tail] });
  const former = [
    { offsetBytes: saved.start - mib / 2, sizeBytes: 2 * mib },
    { offsetBytes: 0, sizeBytes },
    { offsetBytes: 12 * mib, sizeBytes: 4 * mib },
  ];
  await owned.write({}, async (device) => {
    await wipeOldSignatures(targetOf(disk), device, { former, spared: [saved, table, tail] });
  });
  for (const range of [saved, table, tail]) expect(isUntouched(disk, before, range)).toBe(true);
  const after = readFileSync(disk.path);
  const zeroed = [
    [0, 512],
    [1024, mib],
    [saved.start - mib / 2, saved.start],
    [saved.end, 13 * mib],
    [15 * mib, tail.start],
  ] as const;
  for (const [start, end] of zeroed)
    expect(after.subarray(start, end).every((byte) => byte === 0)).toBe(true);
});
