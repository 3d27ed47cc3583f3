import { describe, expect, it } from 'vitest';
import { uncompressedSizeFromTail } from '../../../../src/decode/xz/index-size.ts';
import { mixture, xz } from './helpers.ts';

const image = mixture(300_000);

describe('uncompressedSizeFromTail', () => {
  it('reads the size from the last bytes', () => {
    const file = xz(image, '-0', '-T2', '--block-size=100000');
    expect(uncompressedSizeFromTail(file.subarray(-100), file.length)).toBe(300_000);
    expect(uncompressedSizeFromTail(file, file.length)).toBe(300_000);
  });

  it('asks for more when the index is longer, and is content with that', () => {
    const file = xz(image, '-0', '--block-size=1000');
    const answer = uncompressedSizeFromTail(file.subarray(-12), file.length);
    expect(answer).toEqual({ needBytes: expect.any(Number) });
    const { needBytes } = answer as { needBytes: number };
    expect(needBytes).toBeLessThan(2000);
    expect(uncompressedSizeFromTail(file.subarray(-needBytes), file.length)).toBe(300_000);
  });

  it('adds up concatenated streams and steps over padding', () => {
    const one = xz(image, '-0');
    const two = xz(image.subarray(0, 1234), '-0');
    const file = Buffer.concat([one, Buffer.alloc(8), two, Buffer.alloc(4)]);
    expect(uncompressedSizeFromTail(file, file.length)).toBe(301_234);
    const answer = uncompressedSizeFromTail(file.subarray(-two.length), file.length);
    expect(answer).toEqual({ needBytes: expect.any(Number) });
  });

  it('is 0 for an empty image', () => {
    const file = xz(Buffer.alloc(0));
    expect(uncompressedSizeFromTail(file, file.length)).toBe(0);
  });

  const file = xz(image, '-0', '--block-size=100000');
  const zeros = Buffer.alloc(64);
  const changed = (at: number) => {
    const copy = Buffer.from(file);
    copy.writeUInt8(copy.readUInt8(copy.length + at) ^ 0x10, copy.length + at);
    return copy;
  };
  it.each<[string, Uint8Array, 'at its end' | 'further in front', string, string]>([
    ['a cut file', file.subarray(0, 100_000), 'at its end', 'truncated', 'footer is missing'],
    [
      'a file without its last byte',
      file.subarray(0, -1),
      'at its end',
      'truncated',
      'footer is missing',
    ],
    ['another file', image, 'at its end', 'truncated', 'footer is missing'],
    [
      'a file with more behind it',
      Buffer.concat([file, image]),
      'further in front',
      'damaged',
      'other',
    ],
    [
      'a file with a line behind it',
      Buffer.concat([file, Buffer.from('\n')]),
      'at its end',
      'damaged',
      'other',
    ],
    ['zeros', zeros, 'further in front', 'damaged', 'the index contradicts the blocks'],
    [
      'a file with more before it',
      Buffer.concat([image, file]),
      'further in front',
      'damaged',
      'footer is missing',
    ],
    [
      'a file that ends in zeros',
      Buffer.concat([image, zeros]),
      'at its end',
      'damaged',
      'footer is missing',
    ],
    [
      'a file that lacks a block',
      file.subarray(60_000),
      'further in front',
      'damaged',
      'contradicts the blocks',
    ],
    [
      'a changed footer',
      changed(-6),
      'at its end',
      'damaged',
      "the stream footer's checksum is wrong",
    ],
    ['a changed index', changed(-20), 'at its end', 'damaged', "the index's checksum is wrong"],
  ])('refuses %s', (_, bytes, where, kind, why) => {
    const size = (tail: Uint8Array) => () => uncompressedSizeFromTail(tail, bytes.length);
    const fault = expect.objectContaining({ kind, offsetBytes: expect.any(Number) });
    expect(size(bytes)).toThrow(fault);
    expect(size(bytes)).toThrow(why);
    if (where === 'at its end') expect(size(bytes.subarray(-200))).toThrow(fault);
  });
});
