import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DeviceWriter } from '../../../src/disk/write/writer.ts';
import { alignedBuffers } from '../../../src/lib/aligned-memory.ts';
import { WriteError } from '../../../src/lib/errors.ts';
import { faultyDisk } from '../../support/faulty-disk.ts';
import { limitedTmpfs } from '../../support/limited-tmpfs.ts';
import { loopDevice } from '../../support/loop-device.ts';
import { openWriter, targetOf } from '../../support/loop-target.ts';

const MiB = 1024 * 1024;
const sizeBytes = 12 * MiB + 5 * 512;

async function expectFlushFails(writer: DeviceWriter, code: RegExp): Promise<void> {
  const flushed = writer.flush();
  await expect(flushed).rejects.toThrow(WriteError);
  await expect(flushed).rejects.toThrow('flushing the data written to it failed, ');
  await expect(flushed).rejects.toThrow(code);
  // What a kernel tells once is not forgotten.
  await expect(writer.write(0, new Uint8Array(1))).rejects.toThrow(code);
  await expect(writer.flush()).rejects.toThrow(code);
}

describe('a disk that takes everything and fails when it is flushed', () => {
  it.each([
    { code: 'EIO', direct: true },
    { code: 'EIO', direct: false },
    { code: 'ENOSPC', direct: true },
    { code: 'ENOSPC', direct: false },
  ] as const)('is reported ($code, direct: $direct)', async ({ code, direct }) => {
    // A loop device makes EIO of whatever it is.
    await using disk = await faultyDisk({
      sizeBytes,
      failingFlushes: { from: 0, count: 1000, code },
    });
    await using writer = await openWriter(targetOf(disk), { direct });
    await writer.write(MiB + 7, randomBytes(3 * MiB));
    await expectFlushFails(writer, /\(EIO\)/);
  });

  it('is reported where writes only reach the page cache, and there is no room behind it', async () => {
    await using small = await limitedTmpfs(4 * MiB);
    const backingFile = await small.sparseFile(sizeBytes);
    await using device = await loopDevice({ sizeBytes, backingFile });
    await using writer = await openWriter(targetOf(device), { direct: false });
    // Less than is brought out by the way: no write fails.
    for (let at = 0; at < 10 * MiB; at += MiB) await writer.write(at, randomBytes(MiB));
    await expectFlushFails(writer, /\((EIO|ENOSPC)\)/);
  });
});

describe('a disk that is thought to zero ranges by itself, and refuses', () => {
  it('gets zeros as bytes: nothing of what was there stays', async () => {
    await using disk = await faultyDisk({ sizeBytes, zeroing: 'fails' });
    const target = targetOf(disk);
    expect(target.writeZeroesMaxBytes).toBeGreaterThan(0);
    await using writer = await openWriter(target);
    // Before it has refused, and after that.
    await writer.writeZeros(512, 5 * MiB);
    const zeros = alignedBuffers(1, MiB)[0] as Uint8Array;
    for (const index of [6, 7, 8, 9, 10]) await writer.write(index * MiB, zeros);
    await writer.flush();
    const ofZeros = (start: number, end: number) => ({ start, end });
    for (const { start, end } of [ofZeros(512, 512 + 5 * MiB), ofZeros(6 * MiB, 11 * MiB)]) {
      expect(Buffer.alloc(end - start).equals(await writer.read(start, end - start))).toBe(true);
    }
    expect((await writer.read(0, 512)).some((byte) => byte === 0)).toBe(false);
  });
});
