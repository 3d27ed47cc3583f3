import { expect, it } from 'vitest';
import { Pieces } from '../../../src/decode/pieces.ts';

it('memory that comes back is used again', () => {
  const pieces = new Pieces();
  const [first, second] = [pieces.take(), pieces.take()];
  expect(second.buffer).not.toBe(first.buffer);
  pieces.giveBack(first.subarray(0, 200_000));
  const third = pieces.take();
  expect(third.buffer).toBe(first.buffer);
  expect(third).toHaveLength(first.length);
  expect(pieces.take().buffer).not.toBe(first.buffer);
});

it('a short piece does not hold the memory of a long one, nor is it used for one', () => {
  const pieces = new Pieces();
  expect(pieces.keeps(100)).toBe(false);
  expect(pieces.keeps(128 * 1024 - 1)).toBe(false);
  expect(pieces.keeps(128 * 1024)).toBe(true);
  const short = new Uint8Array(100);
  pieces.giveBack(short);
  expect(pieces.take().buffer).not.toBe(short.buffer);
});
