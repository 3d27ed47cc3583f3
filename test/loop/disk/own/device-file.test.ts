import { randomBytes } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DeviceFile } from '../../../../src/disk/own/device-file.ts';
import { compareWritten } from '../../../../src/disk/write/compare-written.ts';
import { WrittenRecord } from '../../../../src/disk/write/written-record.ts';
import { alignedBuffers } from '../../../../src/lib/aligned-memory.ts';
import { WriteError } from '../../../../src/lib/errors.ts';
import { loopDevice } from '../../../support/loop-device.ts';
import { targetOf } from '../../../support/loop-target.ts';
import { oldBytes } from '../../../support/old-bytes.ts';
import {
  type PartialIo,
  partialIo,
  randomParts,
  refusingToOpen,
} from '../../../support/partial-io.ts';
import { Random } from '../../../support/random.ts';
import { never } from '../../../support/read.ts';
import { openReusedWriter } from '../../../support/reusing-caller.ts';

const MiB = 1024 * 1024;
const sizeBytes = 3 * MiB;

describe.each([
  { direct: true, sectorSizeBytes: 512 as const },
  { direct: true, sectorSizeBytes: 4096 as const },
  { direct: false, sectorSizeBytes: 512 as const },
  { direct: false, sectorSizeBytes: 4096 as const },
])(
  'a kernel that does a part of what is asked (direct: $direct, $sectorSizeBytes-byte sectors)',
  ({ direct, sectorSizeBytes }) => {
    /** Past the page cache only whole sectors; through it, the end of a part may be anywhere. */
    const inParts = (): PartialIo =>
      direct
        ? partialIo(randomParts(new Random(1), sectorSizeBytes))
        : partialIo((length) => Math.min(length, 3 * sectorSizeBytes + 100));

    it('is asked for the rest, in writing and in reading', async () => {
      await using device = await loopDevice({ sizeBytes, sectorSizeBytes });
      await using file = await DeviceFile.open(targetOf(device), { direct });
      const [out, back] = alignedBuffers(2, MiB) as [Uint8Array, Uint8Array];
      out.set(randomBytes(MiB));
      {
        using parts = inParts();
        await file.write(out, 0, MiB, MiB);
        await file.sync();
        expect(parts.shortened).toBeGreaterThan(2);
      }
      const expected = oldBytes(0, sizeBytes);
      expected.set(out, MiB);
      expect(expected.equals(readFileSync(device.backingFile))).toBe(true);
      {
        using parts = inParts();
        back.fill(0xee);
        await file.read(back, 0, MiB, MiB);
        expect(parts.shortened).toBeGreaterThan(2);
      }
      expect(Buffer.compare(back, out)).toBe(0);
    });

    it('gets everything that a writer has, zeros among it, and gives it back to be compared', async () => {
      await using device = await loopDevice({ sizeBytes, sectorSizeBytes });
      // A device that zeroes nothing by itself.
      const target = { ...targetOf(device), writeZeroesMaxBytes: 0 };
      const record = new WrittenRecord();
      const expected = randomBytes(sizeBytes);
      using _ = direct ? undefined : refusingToOpen(constants.O_DIRECT);
      using parts = inParts();
      await using writer = await openReusedWriter(target, { direct, record });
      await writer.write(0, expected);
      await writer.writeZeros(4096, MiB + 8192);
      expected.fill(0, 4096, MiB + 12_288);
      const late = randomBytes(70_001);
      await writer.write(2 * MiB - 35_000, late);
      late.copy(expected, 2 * MiB - 35_000);
      await writer.flush();
      expect(expected.equals(readFileSync(device.backingFile))).toBe(true);
      expect(expected.equals(await writer.read(0, sizeBytes))).toBe(true);
      await compareWritten(target, record, { signal: never });
      expect(parts.shortened).toBeGreaterThan(10);
    });
  },
);

describe('a device file', () => {
  it('tells of a device that takes or gives less than a sector', async () => {
    await using device = await loopDevice({ sizeBytes });
    await using file = await DeviceFile.open(targetOf(device), { direct: false });
    const [memory] = alignedBuffers(1, MiB) as [Uint8Array];
    using _ = partialIo(() => 511);
    const failing = file.write(memory, 0, 4096, 8192);
    await expect(failing).rejects.toThrow(WriteError);
    await expect(failing).rejects.toThrow('writing 4096 bytes at byte 8192 failed');
    await expect(file.read(memory, 512, 1024, MiB)).rejects.toThrow(
      'reading 512 bytes at byte 1048576 failed',
    );
  });

  it('reads what lies within sectors, with the rest of them', async () => {
    await using device = await loopDevice({ sizeBytes, sectorSizeBytes: 4096 });
    const content = randomBytes(sizeBytes);
    {
      await using writer = await openReusedWriter(targetOf(device));
      await writer.write(0, content);
      await writer.flush();
    }
    await using file = await DeviceFile.open(targetOf(device));
    const [memory] = alignedBuffers(1, MiB) as [Uint8Array];
    for (const [start, end] of [
      [0, 1],
      [4095, 4097],
      [4096, 8192],
      [5000, 5001],
      [MiB - 1, MiB],
    ] as const) {
      memory.fill(0xee);
      const bytes = await file.readWithin(memory, { start, end }, MiB);
      expect(Buffer.compare(bytes, content.subarray(MiB + start, MiB + end))).toBe(0);
    }
  });

  it('goes through the page cache where nothing else is possible', async () => {
    await using device = await loopDevice({ sizeBytes });
    const target = targetOf(device);
    using _ = refusingToOpen(constants.O_DIRECT);
    const content = randomBytes(sizeBytes);
    await using writer = await openReusedWriter(target);
    await writer.write(0, content);
    expect([writer.writtenBytes, writer.onDeviceBytes]).toEqual([sizeBytes, 0]);
    await writer.flush();
    expect(writer.onDeviceBytes).toBe(sizeBytes);
    expect(content.equals(readFileSync(device.backingFile))).toBe(true);
    await using reading = await DeviceFile.open(target, { readOnly: true });
    expect(reading.direct).toBe(false);
  });

  it('says what is wrong where opening it is refused either way', async () => {
    await using device = await loopDevice({ sizeBytes });
    const target = targetOf(device);
    using _ = refusingToOpen(constants.O_RDWR);
    await expect(DeviceFile.open(target)).rejects.toThrow(`${device.path}: opening it failed`);
  });
});
