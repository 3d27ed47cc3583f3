import { afterEach, expect, test, vi } from 'vitest';
import type { Target } from '../../../../src/disk/look/target.ts';
import { DeviceFile } from '../../../../src/disk/own/device-file.ts';
import { compareWritten } from '../../../../src/disk/write/compare-written.ts';
import type { WrittenRecord } from '../../../../src/disk/write/written-record.ts';
import { never } from '../../../support/read.ts';

const mib = 1024 * 1024;

afterEach(() => vi.restoreAllMocks());

/** A device, and 100 pieces that were written to it; `reads` tells the first bytes of those that were read. */
function written() {
  const reads: number[] = [];
  const device = {
    direct: true,
    readWithin: async (buffer: Uint8Array, _: unknown, offsetBytes: number) => {
      reads.push(offsetBytes);
      return buffer;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  vi.spyOn(DeviceFile, 'open').mockResolvedValue(device as unknown as DeviceFile);
  const pieces = Array.from({ length: 100 }, (_, index) => ({
    ...{ offsetBytes: index * mib, lengthBytes: mib, fits: () => true },
  }));
  const record = { pieces: () => pieces.values() } as unknown as WrittenRecord;
  return { reads, record };
}

const target = { path: '/dev/no-such-disk' } as Target;

test('a comparison ends when the user ends it, in the middle of the disk', async () => {
  const { reads, record } = written();
  const ended = new AbortController();
  const reason = new Error('the user has ended it');
  const onCompared = () => {
    if (reads.length >= 10) ended.abort(reason);
  };
  const comparing = compareWritten(target, record, { signal: ended.signal, onCompared });
  await expect(comparing).rejects.toBe(reason);
  expect(reads.length).toBeLessThan(20);
});

test('else it reads all of it', async () => {
  const { reads, record } = written();
  await compareWritten(target, record, { signal: never });
  expect(reads).toHaveLength(100);
});
