import { describe, expect, it } from 'vitest';
import { parseFrameHeader } from '../../../src/decode/zstd-frames.ts';

const magic = [0x28, 0xb5, 0x2f, 0xfd];
const header = (...fields: number[]) => parseFrameHeader(Uint8Array.from([...magic, ...fields]));
const singleSegment = 0x20;

describe('the header of a zstd frame (RFC 8878, section 3.1.1.1)', () => {
  it.each([
    ['of one byte', [singleSegment, 255], 255],
    ['of two bytes, from 256 on', [singleSegment | 0x40, 0, 0], 256],
    ['of two bytes', [singleSegment | 0x40, 0xff, 0xff], 65_535 + 256],
    ['of four bytes', [singleSegment | 0x80, 0, 0, 1, 0], 65_536],
    ['of eight bytes', [singleSegment | 0xc0, 0, 0, 0, 0, 1, 0, 0, 0], 2 ** 32],
  ])('gives a size %s', (_, fields, contentBytes) => {
    expect(header(...fields)).toMatchObject({ contentBytes, windowBytes: contentBytes });
    expect(header(...fields.slice(0, -1))).toBeUndefined();
  });

  it.each([
    [0, 1024],
    [1, 1024 + 128],
    [7, 1024 + 7 * 128],
    [8, 2048],
    [0x50, 2 ** 20],
    [0xff, 2 ** 41 + 7 * 2 ** 38],
  ])('gives the window of descriptor %i: %i bytes', (descriptor, windowBytes) => {
    expect(header(0, descriptor)).toMatchObject({ windowBytes, contentBytes: undefined });
  });

  it('tells of a dictionary, which 0 is none, and of a checksum', () => {
    for (const [flag, bytes] of [
      [1, 1],
      [2, 2],
      [3, 4],
    ] as const) {
      const id = (last: number) => [...Array<number>(bytes - 1).fill(0), last];
      expect(header(flag, 0, ...id(7))?.needsDictionary).toBe(true);
      expect(header(flag, 0, ...id(0))?.needsDictionary).toBe(false);
      expect(header(flag, 0, ...id(7).slice(1))).toBeUndefined();
      // The size follows: two bytes, which count from 256.
      expect(header(0x40 | flag, 0, ...id(0), 5, 1)?.contentBytes).toBe(256 + 5 + 256);
    }
    expect(header(0, 0)?.hasChecksum).toBe(false);
    expect(header(4, 0)?.hasChecksum).toBe(true);
  });
});
