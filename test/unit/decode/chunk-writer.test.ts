import { describe, expect, it } from 'vitest';
import { ChunkWriter } from '../../../src/decode/chunk-writer.ts';
import { expectSame, mixture } from './xz/helpers.ts';

const mib = 1024 * 1024;
const { signal } = new AbortController();

/** Copies of what the sink was given, by offset. */
function collecting(mostInFlight = 4) {
  const got = new Map<number, Buffer>();
  const writer = new ChunkWriter(async (offsetBytes, bytes) => {
    got.set(offsetBytes, Buffer.from(bytes));
  }, mostInFlight);
  return { got, writer };
}

const sizes = (got: ReadonlyMap<number, Uint8Array>) =>
  [...got].map(([at, bytes]) => [at, bytes.length]);

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
    expect(sizes(got)).toEqual([
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

  it('copies bytes to any place, across chunks', async () => {
    const { got, writer } = collecting();
    const bytes = mixture(2 * mib + 1000);
    const own = Buffer.from(bytes);
    writer.put(0, own.subarray(0, 7));
    writer.put(7, own.subarray(7));
    own.fill(0xee);
    await writer.finish();
    expect(sizes(got)).toEqual([
      [0, mib],
      [mib, mib],
      [2 * mib, 1000],
    ]);
    expectSame(Buffer.concat([...got.values()]), bytes);
  });

  it('hands over nothing of places that stayed empty', async () => {
    const { got, writer } = collecting();
    fill(writer.places(0), 1);
    writer.filled(0, 5);
    await writer.finish();
    expect(sizes(got)).toEqual([[0, 5]]);
  });
});

describe('ChunkWriter, given zeros', () => {
  /** Every chunk of its memory has held something else: it has been used, and has come back. */
  async function used() {
    const { got, writer } = collecting();
    writer.put(0, Buffer.alloc(20 * mib, 0xd7));
    await writer.finish();
    got.clear();
    return { got, writer };
  }

  it.each([
    ['the beginning of a chunk', 0, 1000],
    ['the end of a chunk', mib - 1000, 1000],
    ['the middle of a chunk', 1000, 2000],
    ['whole chunks', 0, 3 * mib],
    ['from one chunk into the next', mib - 1, 2],
    ['all but the first and the last byte', 1, 3 * mib - 2],
  ])(
    'puts them there and nowhere else, over what its memory held: %s',
    async (_, start, length) => {
      const { got, writer } = await used();
      const before = mixture(start, 3);
      const after = mixture(3 * mib + 5 - start - length, 4);
      const base = 32 * mib;
      writer.put(base, before);
      await writer.putZeros(base + start, length, signal);
      writer.put(base + start + length, after);
      await writer.finish();
      expect([...got.keys()].toSorted((a, b) => a - b)).toEqual(
        [0, 1, 2, 3].map((index) => base + index * mib),
      );
      const image = Buffer.concat([...got].toSorted(([a], [b]) => a - b).map(([, bytes]) => bytes));
      expectSame(image, Buffer.concat([before, Buffer.alloc(length), after]));
    },
  );

  it('has the same memory for whole chunks of them, and never uses it for anything else', async () => {
    const memory = new Set<ArrayBufferLike>();
    const writer = new ChunkWriter(async (_, bytes) => void memory.add(bytes.buffer), 4);
    await writer.putZeros(0, 40 * mib, signal);
    await writer.finish();
    const [zeros] = memory;
    expect(memory.size).toBe(1);
    memory.clear();
    writer.put(40 * mib, Buffer.alloc(30 * mib, 1));
    await writer.finish();
    expect(memory).not.toContain(zeros);
  });

  it('goes no faster than they are taken, and stops when told to', async () => {
    let taken = 0;
    const writer = new ChunkWriter(() => {
      taken += 1;
      return new Promise(() => {});
    }, 4);
    const stop = new AbortController();
    const putting = writer.putZeros(0, 40 * mib, stop.signal);
    await new Promise(setImmediate);
    expect(taken).toBe(5);
    stop.abort(new Error('enough'));
    await expect(putting).rejects.toThrow('enough');
  });
});

describe('ChunkWriter, when the sink fails', () => {
  it('says so to whoever waits, hands over no more, and is settled only when the last has ended', async () => {
    const failing = new Error('disk full');
    const slow = Promise.withResolvers<void>();
    const asked: number[] = [];
    const writer = new ChunkWriter(async (offsetBytes) => {
      asked.push(offsetBytes / mib);
      if (offsetBytes === 0) await slow.promise;
      else throw failing;
    }, 4);
    writer.put(0, Buffer.alloc(2 * mib));
    let settled = false;
    const settling = writer.settled().then(() => {
      settled = true;
    });
    await expect(writer.finish()).rejects.toBe(failing);
    await expect(writer.ready()).rejects.toBe(failing);
    writer.put(2 * mib, Buffer.alloc(mib));
    await new Promise(setImmediate);
    expect(asked).toEqual([0, 1]);
    expect(settled).toBe(false);
    slow.resolve();
    await settling;
  });
});
