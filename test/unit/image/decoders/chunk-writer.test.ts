import { describe, expect, it } from 'vitest';
import { ChunkWriter } from '../../../../src/image/decoders/chunk-writer.ts';

const mib = 1024 * 1024;

/** Copies of what the sink was given, by offset. */
function collecting(mostInFlight = 4) {
  const got = new Map<number, Buffer>();
  const writer = new ChunkWriter(async (offsetBytes, bytes) => {
    got.set(offsetBytes, Buffer.from(bytes));
  }, mostInFlight);
  return { got, writer };
}

const fill = (places: readonly Uint8Array[], value: number) => {
  for (const place of places) place.fill(value);
};

describe('ChunkWriter', () => {
  it('gives places up to where the caller wants to fill, cut at the chunks', () => {
    const { writer } = collecting();
    const lengths = (at: number, most?: number) => writer.places(at, most).map((one) => one.length);
    expect(lengths(0, 100)).toEqual([100]);
    expect(lengths(mib - 10, 100)).toEqual([10, 90]);
    expect(lengths(mib - 10, mib + 20)).toEqual([10, mib, 10]);
    expect(lengths(10)).toEqual([mib - 10, mib, mib, mib]);
    expect(lengths(5, 0)).toEqual([0]);
  });

  it('hands over each chunk once it is full, and the rest at the end', async () => {
    const { got, writer } = collecting();
    fill(writer.places(0, 2 * mib + 7), 1);
    writer.filled(0, mib + 3);
    await writer.ready();
    expect([...got.keys()]).toEqual([0]);
    writer.filled(mib + 3, mib + 4);
    await writer.finish();
    expect([...got].map(([at, bytes]) => [at, bytes.length])).toEqual([
      [0, mib],
      [mib, mib],
      [2 * mib, 7],
    ]);
    expect(Buffer.concat([...got.values()]).every((byte) => byte === 1)).toBe(true);
  });

  it('lets two share a chunk', async () => {
    const { got, writer } = collecting();
    const [mine, yours] = [writer.places(0, 100), writer.places(100, mib - 100)];
    fill(yours, 2);
    writer.filled(100, mib - 100);
    expect(got.size).toBe(0);
    fill(mine, 1);
    writer.filled(0, 100);
    await writer.finish();
    const expected = Buffer.concat([Buffer.alloc(100, 1), Buffer.alloc(mib - 100, 2)]);
    expect(got.get(0)?.equals(expected)).toBe(true);
  });

  it('hands over nothing of places that stayed empty', async () => {
    const { got, writer } = collecting();
    fill(writer.places(0), 1);
    writer.filled(0, 5);
    await writer.finish();
    expect([...got].map(([at, bytes]) => [at, bytes.length])).toEqual([[0, 5]]);
  });
});
