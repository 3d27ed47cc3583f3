import type { FileHandle } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { OpenFile } from '../../../src/media/open-file.ts';
import type { Patch } from '../../../src/media/patch.ts';
import { writeIso } from '../../../src/media/write-iso.ts';
import { never } from '../../support/read.ts';

const imageBytes = 40_000;
const archivePlace = { startBytes: 10_240, sizeBytes: 20_480 };
const kargsPlace = { startBytes: 1000, sizeBytes: 1139 };

/** Beginnings of archives, which the kernel would take for one. */
const archive = (byte: number, length: number) =>
  Buffer.concat([Buffer.from('\xfd7zXZ\0', 'latin1'), Buffer.alloc(length - 6, byte)]);

type Event = { startBytes: number; bytes: Buffer } | 'flush';

/** A file that only records. */
function recorder(events: Event[]): FileHandle {
  const flush = async () => void events.push('flush');
  return {
    write: async (bytes: Buffer, at: number, length: number, startBytes: number) => {
      // As a file system may do: a part at a time.
      const bytesWritten = Math.min(length, 3000);
      events.push({ startBytes, bytes: Buffer.from(bytes.subarray(at, at + bytesWritten)) });
      return { bytesWritten, buffer: bytes };
    },
    datasync: flush,
    sync: flush,
  } as unknown as FileHandle;
}

/**
 * What a disk may hold after a power failure before event `end`: everything up to the last flush, and any
 * of the writes after it, whole.
 */
function* afterPowerLoss(old: Buffer, events: readonly Event[]): Generator<Buffer> {
  for (let end = 0; end <= events.length; end += 1) {
    const flushed = events.slice(0, end).lastIndexOf('flush') + 1;
    const pending = events.slice(flushed, end);
    const choices = 2 ** Math.min(pending.length, 8);
    for (let choice = 0; choice < choices; choice += 1) {
      const disk = Buffer.from(old);
      const kept = pending.filter((_, index) => ((choice >> (index % 8)) & 1) === 1);
      for (const event of [...events.slice(0, flushed), ...kept])
        if (event !== 'flush') event.bytes.copy(disk, event.startBytes);
      yield disk;
    }
  }
}

const part = (disk: Buffer, { startBytes, sizeBytes }: typeof archivePlace) =>
  disk.subarray(startBytes, startBytes + sizeBytes);

describe('a change in place that a power failure interrupts', () => {
  const old = Buffer.alloc(imageBytes, 'o');
  archive(1, archivePlace.sizeBytes).copy(old, archivePlace.startBytes);
  const kargs = Buffer.alloc(kargsPlace.sizeBytes, 'k');
  const replacing: [string, Buffer][] = [
    ['another archive', archive(2, 15_001)],
    ['a short archive', archive(2, 60)],
    ['nothing', Buffer.alloc(0)],
  ];

  test.each(replacing)('leaves the old archive, %s in its place, or none', async (_, bytes) => {
    const patches: Patch[] = [
      { ...archivePlace, bytes, isArchive: true },
      { ...kargsPlace, bytes: kargs },
    ];
    const events: Event[] = [];
    await writeIso(
      { file: recorder(events), name: 'x', fileBytes: imageBytes },
      { patches },
      undefined,
      never,
    );
    const fresh = Buffer.alloc(archivePlace.sizeBytes);
    bytes.copy(fresh);
    const seen = new Set<string>();
    let last: Buffer = old;

    for (const disk of afterPowerLoss(old, events)) {
      const found = part(disk, archivePlace);
      if (found.equals(part(old, archivePlace))) {
        seen.add('old');
        expect(part(disk, kargsPlace).equals(part(old, kargsPlace))).toBe(true);
      } else if (found.equals(fresh) && bytes.length > 0) {
        seen.add('new');
        // With all that belongs to it.
        expect(part(disk, kargsPlace).equals(kargs)).toBe(true);
      } else {
        seen.add('none');
        expect(found.subarray(0, 512).equals(Buffer.alloc(512))).toBe(true);
      }
      // Nothing else is written.
      expect(disk.subarray(0, 1000).equals(old.subarray(0, 1000))).toBe(true);
      expect(disk.subarray(30_720).equals(old.subarray(30_720))).toBe(true);
      last = disk;
    }
    expect(seen).toEqual(new Set(bytes.length > 0 ? ['old', 'none', 'new'] : ['old', 'none']));
    // All writes are on the disk at the end.
    expect(events.at(-1)).toBe('flush');
    expect(part(last, archivePlace).equals(fresh)).toBe(true);
    expect(part(last, kargsPlace).equals(kargs)).toBe(true);
  });

  test('mentions a file behind the image only when all of it is on the disk', async () => {
    const behind = Buffer.alloc(5000, 'b');
    const added: OpenFile = {
      name: 'behind',
      sizeBytes: behind.length,
      file: {
        read: async (into: Buffer, at: number, length: number, startBytes: number) => ({
          bytesRead: behind.copy(into, at, startBytes, startBytes + length),
        }),
      } as unknown as FileHandle,
      [Symbol.asyncDispose]: async () => {},
    };
    const record = Buffer.alloc(kargsPlace.sizeBytes, 'r');
    const patches: Patch[] = [{ ...kargsPlace, bytes: record }];
    const events: Event[] = [];
    const image = { file: recorder(events), name: 'x', fileBytes: imageBytes };
    await writeIso(image, { patches, added: [added] }, undefined, never);
    const seen = new Set<boolean>();
    const onDisk = Buffer.concat([old, Buffer.alloc(6144)]);
    for (const disk of afterPowerLoss(onDisk, events)) {
      const mentions = part(disk, kargsPlace).includes('r');
      const isWhole = disk.subarray(imageBytes, imageBytes + behind.length).equals(behind);
      expect(mentions && !isWhole).toBe(false);
      seen.add(mentions);
    }
    expect(seen).toEqual(new Set([false, true]));
  });
});
