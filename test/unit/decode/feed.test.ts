import { describe, expect, it } from 'vitest';
import { Feed } from '../../../src/decode/feed.ts';

const mib = 1024 * 1024;

describe('the input of a serial decoder', () => {
  it('is gathered from small chunks', async () => {
    const pieces: Buffer[] = [];
    const feed = new Feed(async (piece) => void pieces.push(Buffer.from(piece)));
    const chunks = Array.from({ length: 1100 }, (_, index) => Buffer.alloc(1000, index));
    for (const chunk of chunks) {
      feed.add(chunk);
      await feed.room();
    }
    await feed.end();
    expect(pieces.map(({ length }) => length)).toEqual([mib / 2, mib / 2, 1_100_000 - mib]);
    expect(Buffer.concat(pieces).equals(Buffer.concat(chunks))).toBe(true);
  });

  it('goes on being gathered while one piece is decoded, and no more', async () => {
    const first = Promise.withResolvers<void>();
    const feed = new Feed(() => first.promise);
    feed.add(Buffer.alloc(mib / 2));
    await feed.room();
    feed.add(Buffer.alloc(mib / 2));
    let room = false;
    const waiting = feed.room().then(() => {
      room = true;
    });
    await new Promise(setImmediate);
    expect(room).toBe(false);
    first.resolve();
    await waiting;
  });

  it('says what decoding a piece has thrown', async () => {
    const feed = new Feed(() => Promise.reject(new Error('damaged')));
    feed.add(Buffer.alloc(2 * mib));
    await expect(feed.end()).rejects.toThrow('damaged');
  });
});
