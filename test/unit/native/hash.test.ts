import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BackgroundHash } from '../../../src/native/hash.ts';

const digest = (algorithm: string, bytes: Uint8Array) =>
  createHash(algorithm).update(bytes).digest('hex');

describe('BackgroundHash', () => {
  const bytes = randomBytes(3_000_017);

  it.each(['sha256', 'sha512'] as const)('%s is that of all the bytes', async (algorithm) => {
    const hash = new BackgroundHash(algorithm);
    for (let at = 0; at < bytes.length; at += 65_536)
      await hash.update(bytes.subarray(at, at + 65_536));
    expect(await hash.digest()).toBe(digest(algorithm, bytes));
  });

  it('of nothing is that of no bytes', async () => {
    expect(await new BackgroundHash('sha256').digest()).toBe(digest('sha256', new Uint8Array()));
  });

  it('of bytes that come one by one', async () => {
    const hash = new BackgroundHash('sha256');
    for (let at = 0; at < 5000; at += 1) await hash.update(bytes.subarray(at, at + 1));
    expect(await hash.digest()).toBe(digest('sha256', bytes.subarray(0, 5000)));
  });

  it('can be asked for between updates', async () => {
    const hash = new BackgroundHash('sha256');
    for (const end of [1, 600_000, 600_001, bytes.length]) {
      const begin = end === 1 ? 0 : end === 600_000 ? 1 : end === 600_001 ? 600_000 : 600_001;
      await hash.update(bytes.subarray(begin, end));
      expect(await hash.digest()).toBe(digest('sha256', bytes.subarray(0, end)));
    }
  });

  it('keeps its caller waiting only for the piece before', async () => {
    const hash = new BackgroundHash('sha256');
    const large = new Uint8Array(64 * 1024 * 1024);
    let second = false;
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    await hash.update(large);
    expect(turned).toBe(false);
    const waiting = hash.update(large).then(() => {
      second = true;
    });
    await new Promise(setImmediate);
    expect(second).toBe(false);
    await waiting;
    expect(await hash.digest()).toBe(digest('sha256', Buffer.concat([large, large])));
  });
});
