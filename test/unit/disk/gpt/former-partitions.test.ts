import { expect, test } from 'vitest';
import { formerPartitions } from '../../../../src/disk/gpt/former-partitions.ts';

const mib = 1024 * 1024;

/** The first MiB of a disk with one partition in its MBR, from 1 MiB on. */
function mbrWith(sectors: number): Uint8Array {
  const head = Buffer.alloc(mib);
  head.writeUInt8(0x8e, 446 + 4);
  head.writeUInt32LE(2048, 446 + 8);
  head.writeUInt32LE(sectors, 446 + 12);
  head.writeUInt16LE(0xaa55, 510);
  return head;
}

test('a former partition may end with the disk, and not behind it', () => {
  const whole = [{ offsetBytes: mib, sizeBytes: 7 * mib }];
  expect(formerPartitions(mbrWith(14_336), 512, 8 * mib)).toMatchObject(whole);
  expect(formerPartitions(mbrWith(14_337), 512, 8 * mib)).not.toMatchObject(whole);
});
