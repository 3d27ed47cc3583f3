import { expect, it } from 'vitest';
import { settleAll } from '../../../src/lib/settle-all.ts';

it('has all results in order', async () => {
  expect(await settleAll([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
});

it('rejects with the first failure of the list, when nothing is under way any more', async () => {
  const slow = Promise.withResolvers<void>();
  let settled = false;
  const both = settleAll([slow.promise, Promise.reject(new Error('second'))]).finally(() => {
    settled = true;
  });
  both.catch(() => undefined);
  await new Promise(setImmediate);
  expect(settled).toBe(false);
  slow.reject(new Error('first'));
  await expect(both).rejects.toThrow('first');
});
