import { expect, test } from 'vitest';
import { startingWith } from '../../../src/fetch/peek.ts';

/** A stream of these pieces, and how it was read. */
function stream(pieces: readonly (readonly number[])[]) {
  const seen = { pieces: 0, closed: false };
  async function* read() {
    try {
      for (const piece of pieces) {
        seen.pieces += 1;
        yield Uint8Array.from(piece);
      }
    } finally {
      seen.closed = true;
    }
  }
  return { seen, input: read() };
}

test.each<[number[][], number, number[], number]>([
  [[[1], [2], [3], [4], [5], [6]], 5, [1, 2, 3, 4, 5], 5],
  [[[1, 2, 3], [4, 5, 6], [7]], 5, [1, 2, 3, 4, 5], 2],
  [[[1, 2, 3], [4, 5], [6]], 5, [1, 2, 3, 4, 5], 2],
  [
    [
      [1, 2],
      [3, 4],
    ],
    5,
    [1, 2, 3, 4],
    2,
  ],
  [[], 5, [], 0],
])('of %j the first %i bytes are %j', async (pieces, lengthBytes, first, taken) => {
  const { seen, input } = stream(pieces);
  const { firstBytes, bytes } = await startingWith(input, lengthBytes);
  expect([...firstBytes]).toEqual(first);
  expect(seen.pieces).toBe(taken);
  const all: Uint8Array[] = [];
  for await (const piece of bytes) all.push(piece);
  expect(all.map((piece) => [...piece])).toEqual(pieces);
});

test('who stops reading closes what it comes from', async () => {
  const { seen, input } = stream([[1], [2], [3]]);
  const { bytes } = await startingWith(input, 1);
  for await (const _ of bytes) break;
  expect(seen).toEqual({ pieces: 1, closed: true });
});
