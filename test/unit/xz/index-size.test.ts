import { describe, expect, it } from 'vitest';
import { uncompressedSizeFromTail } from '../../../src/xz/index-size.ts';
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

  it('says nothing of what is not the end of an xz file', () => {
    expect(uncompressedSizeFromTail(image.subarray(9000, 9100), 1000)).toBeUndefined();
    expect(uncompressedSizeFromTail(Buffer.alloc(64), 64)).toBeUndefined();
    const file = xz(image, '-0');
    const prefixed = Buffer.concat([Buffer.from('more'), file]);
    expect(uncompressedSizeFromTail(prefixed, prefixed.length)).toBeUndefined();
  });
});
