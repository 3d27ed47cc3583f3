import { expect, test } from 'vitest';
import type { Target } from '../../../../src/disk/look/target.ts';
import { wipeOldSignatures } from '../../../../src/disk/write/wipe.ts';
import type { DeviceWriter } from '../../../../src/disk/write/writer.ts';

const mib = 1024 * 1024;

/** What a disk is asked for, in order. */
async function calls(target: Partial<Target>): Promise<string[]> {
  const asked: string[] = [];
  const writer = {
    read: async (_: number, lengthBytes: number) => new Uint8Array(lengthBytes).fill(0xb7),
    writeZeros: async (offsetBytes: number, lengthBytes: number) => {
      if (lengthBytes > 0) asked.push(`zeros ${offsetBytes} to ${offsetBytes + lengthBytes}`);
    },
    flush: async () => {
      asked.push('flush');
    },
  };
  await wipeOldSignatures(target as Target, writer as unknown as DeviceWriter);
  return asked;
}

test('the old table is gone for good before anything is taken away of what it describes', async () => {
  const partition = { name: 'x1', path: '/dev/x1', number: 1 };
  const partitions = [{ ...partition, startBytes: 3 * mib, sizeBytes: 4 * mib + 512 }];
  const sizeBytes = 16 * mib + 5 * 512;
  expect(await calls({ sizeBytes, sectorSizeBytes: 512, partitions })).toEqual([
    `zeros 0 to ${mib}`,
    `zeros ${sizeBytes - mib} to ${sizeBytes}`,
    'flush',
    `zeros ${3 * mib} to ${4 * mib}`,
    `zeros ${6 * mib + 512} to ${7 * mib + 512}`,
    'flush',
  ]);
});

test('a disk of less than two MiB is wiped as a whole, and not beyond', async () => {
  for (const sizeBytes of [mib / 2, mib - 512, mib, mib + 512, 2 * mib - 512]) {
    const asked = await calls({ sizeBytes, sectorSizeBytes: 512, partitions: [] });
    const first = Math.min(mib, sizeBytes);
    const rest = first < sizeBytes ? [`zeros ${first} to ${sizeBytes}`] : [];
    expect(asked).toEqual([`zeros 0 to ${first}`, ...rest, 'flush', 'flush']);
  }
});
