import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readVli, writeVli } from '../../../../src/decode/xz/vli.ts';
import {
  parseBlockHeader,
  parseFirstBlockHeader,
  parseFooter,
  parseStreamHeader,
} from '../../../../src/decode/xz/xz-headers.ts';

function uint32(value: number): Buffer {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(value);
  return four;
}

describe('a stream header', () => {
  const header = (...flags: [number, number]) =>
    Buffer.concat([
      Buffer.from('\xfd7zXZ\0', 'latin1'),
      Buffer.from(flags),
      uint32(crc32(Buffer.from(flags))),
    ]);

  it('says how long the check of a block is', () => {
    const sizes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
    for (const [checkId, checkSizeBytes] of sizes.entries())
      expect(parseStreamHeader(header(0, checkId))).toMatchObject({ checkId, checkSizeBytes });
  });

  it.each([
    [1, 0],
    [0, 0x10],
    [0, 0x80],
  ])('with flags that nobody knows is refused: %i, %i', (first, second) => {
    expect(() => parseStreamHeader(header(first, second))).toThrow('unknown stream flags');
  });
});

describe('a stream footer', () => {
  const footer = (backward: number, ...flags: [number, number]) => {
    const middle = Buffer.concat([uint32(backward), Buffer.from(flags)]);
    return Buffer.concat([uint32(crc32(middle)), middle, Buffer.from('YZ')]);
  };

  it('says how long the index is', () => {
    expect(parseFooter(footer(0, 0, 4))).toEqual({ checkId: 4, indexBytes: 4 });
    expect(parseFooter(footer(0xffffffff, 0, 15)).indexBytes).toBe(2 ** 34);
  });

  it.each([
    [1, 0],
    [0, 0x10],
  ])('with flags that nobody knows is refused: %i, %i', (first, second) => {
    expect(() => parseFooter(footer(0, first, second))).toThrow('unknown stream flags');
  });
});

describe('a block header', () => {
  const header = (...fields: number[]) => {
    const bytes = Buffer.alloc(Math.ceil((fields.length + 5) / 4) * 4);
    bytes.set([bytes.length / 4 - 1, ...fields]);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
    return bytes;
  };

  it.each([
    [0, 4096],
    [1, 6144],
    [2, 8192],
    [16, 2 ** 20],
    [37, 1.5 * 2 ** 30],
    [39, 3 * 2 ** 30],
    [40, 2 ** 32 - 1],
  ])('with dictionary bits %i has one of %i bytes', (bits, dictionaryBytes) => {
    expect(parseBlockHeader(header(0, 0x21, 1, bits)).dictionaryBytes).toBe(dictionaryBytes);
  });

  it.each([
    [41, [0x21, 1, 41]],
    ['without one', [0x21, 0]],
    ['of two bytes', [0x21, 2, 16, 0]],
  ])('with another dictionary is refused: %s', (_, filter) => {
    expect(() => parseBlockHeader(header(0, ...filter))).toThrow('unknown LZMA2 dictionary size');
  });

  it.each([0x04, 0x08, 0x10, 0x20])('with the flag %i is refused', (flag) => {
    expect(() => parseBlockHeader(header(flag, 0x21, 1, 16))).toThrow('unknown block flags');
  });

  it('gives the sizes that it has', () => {
    const sizes = (...fields: number[]) => {
      const { compressedSizeBytes, uncompressedSizeBytes } = parseBlockHeader(header(...fields));
      return [compressedSizeBytes, uncompressedSizeBytes];
    };
    expect(sizes(0, 0x21, 1, 16)).toEqual([undefined, undefined]);
    expect(sizes(0x40, 5, 0x21, 1, 16)).toEqual([5, undefined]);
    expect(sizes(0x80, 0x80, 1, 0x21, 1, 16)).toEqual([undefined, 128]);
    expect(sizes(0xc0, 5, 6, 0x21, 1, 16)).toEqual([5, 6]);
  });

  it('is the first one of a file when all of it is there', () => {
    const file = Buffer.concat([Buffer.alloc(12), header(0, 0x21, 1, 16)]);
    expect(parseFirstBlockHeader(file)?.dictionaryBytes).toBe(2 ** 20);
    expect(parseFirstBlockHeader(file.subarray(0, -1))).toBeUndefined();
    expect(parseFirstBlockHeader(file.subarray(0, 12))).toBeUndefined();
  });
});

describe('a number', () => {
  const read = (...bytes: number[]) => {
    let at = 0;
    return readVli(() => bytes[at++] as number);
  };

  it.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 32, 2 ** 53 - 1])(
    '%d is read as it is written',
    (value) => {
      const bytes = new Uint8Array(9);
      const end = writeVli(value, bytes, 0);
      expect(read(...bytes.subarray(0, end))).toBe(value);
    },
  );

  it('has nine bytes at most, and no more than it needs', () => {
    const eight = Array<number>(8).fill(0x80);
    expect(read(...eight, 0x01)).toBe(2 ** 56);
    expect(() => read(...eight, 0x81, 0x01)).toThrow('a number is too long');
    expect(() => read(0x80, 0)).toThrow('a number is not in its shortest form');
    expect(read(0)).toBe(0);
  });
});
