import { describe, expect, it } from 'vitest';
import { ZlibFeed } from '../../../../src/image/decoders/zlib-feed.ts';

const mib = 1024 * 1024;

describe('input for zlib', () => {
  it('is gathered from small chunks', async () => {
    const { feed, pieces, decode } = recorded();
    for (let at = 0; at < mib; at += 1000) {
      feed.add(Buffer.alloc(1000, at / 1000));
      await feed.decode(decode);
    }
    await feed.end(decode);
    expect(pieces.length).toBe(3);
    expect(Buffer.concat(pieces).subarray(0, 3000)).toEqual(
      Buffer.concat([0, 1, 2].map((fill) => Buffer.alloc(1000, fill))),
    );
  });

  it('is cut where it is to be, and short pieces keep little memory', async () => {
    const { feed, pieces, decode } = recorded();
    for (let count = 0; count < 5000; count += 1) {
      feed.add(Buffer.alloc(10, count));
      feed.cut();
    }
    await feed.end(decode);
    expect(pieces.length).toBe(5000);
    const heldBytes = pieces.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    expect(heldBytes).toBe(50_000);
  });

  it('says what decoding a piece has thrown', async () => {
    const { feed } = recorded();
    const failing = () => Promise.reject(new Error('damaged'));
    feed.add(Buffer.alloc(2 * mib));
    await expect(feed.end(failing)).rejects.toThrow('damaged');
  });
});

function recorded() {
  const pieces: Uint8Array[] = [];
  const decode = async (piece: Uint8Array) => void pieces.push(piece);
  return { feed: new ZlibFeed(), pieces, decode };
}
