import { expect, it } from 'vitest';
import { ChunkPool } from '../../../src/lib/chunk-pool.ts';

const mib = 1024 * 1024;

it('has what was added to it, and what came back', () => {
  const pool = new ChunkPool();
  expect(pool.take()).toBeUndefined();
  pool.add(2);
  const [first, second] = [pool.take(), pool.take()] as [Uint8Array, Uint8Array];
  expect([first.length, second.length]).toEqual([mib, mib]);
  expect(pool.take()).toBeUndefined();
  pool.giveBack(first);
  expect(pool.take()).toBe(first);
});

it('in tests, has memory in which somebody else has left his bytes', () => {
  const pool = new ChunkPool();
  pool.add(1);
  const fresh = pool.take() as Uint8Array;
  expect([fresh[0], fresh.at(-1)]).toEqual([0xa5, 0xa5]);
  fresh.fill(0);
  pool.giveBack(fresh);
  const again = pool.take() as Uint8Array;
  expect([again[0], again.at(-1)]).toEqual([0xa5, 0xa5]);
});
