import { afterEach, expect, test, vi } from 'vitest';
import { BackgroundHash } from '../../../src/native/hash.ts';
import { ImageVerifier } from '../../../src/verify/image-verifier.ts';
import { never } from '../../support/read.ts';

afterEach(() => vi.restoreAllMocks());

const digests = [{ algorithm: 'sha512', hex: 'ab'.repeat(64), from: '--image-hash' }] as const;

async function* twoParts() {
  yield Buffer.from('one');
  yield Buffer.from('two');
}

/** Passes two parts, each of which is taken by `take`. */
async function passTwo(take: () => Promise<void>) {
  vi.spyOn(BackgroundHash.prototype, 'update').mockImplementation(take);
  await using verifier = await ImageVerifier.start('x', { digests, signature: undefined }, never);
  const parts = verifier.passing(twoParts(), () => undefined);
  const passed: string[] = [];
  const passing = (async () => {
    for await (const part of parts) passed.push(part.toString());
  })();
  return { passed, passing };
}

test('the next part is asked for when the last one was taken', async () => {
  const held = Promise.withResolvers<void>();
  const { passed, passing } = await passTwo(() => held.promise);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  expect(passed).toEqual(['one']);
  held.resolve();
  await passing;
  expect(passed).toEqual(['one', 'two']);
});

test('what went wrong with a part is thrown in place of the next one', async () => {
  const failure = new Error('no memory');
  const { passed, passing } = await passTwo(() => Promise.reject(failure));
  await expect(passing).rejects.toBe(failure);
  expect(passed).toEqual(['one']);
});
