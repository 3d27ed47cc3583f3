import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { DigestAlgorithm } from '../../../src/lib/digest.ts';
import { ImageVerifier } from '../../../src/verify/image-verifier.ts';
import { never } from '../../support/read.ts';

const image = Buffer.alloc(300_000, 'an image');
const hexOf = (algorithm: DigestAlgorithm) => createHash(algorithm).update(image).digest('hex');
const right = (['sha256', 'sha512'] as const).map((algorithm) => ({
  algorithm,
  hex: hexOf(algorithm),
  from: `who knows ${algorithm}`,
}));

async function verify(digests: typeof right) {
  await using verifier = await ImageVerifier.start('x', { digests, signature: undefined }, never);
  await verifier.update(image.subarray(0, 100_000));
  await verifier.update(image.subarray(100_000));
  return await verifier.finish(hexOf('sha256'));
}

test('two digests that are right', async () => {
  expect(await verify(right)).toMatchObject({ digests: right, signers: [] });
  expect(await verify(right.toReversed())).toMatchObject({ sha256: hexOf('sha256') });
});

test.each([0, 1])('of two digests, number %d wrong: refused, in either order', async (index) => {
  const digests = right.map((one, at) =>
    at === index ? { ...one, hex: one.hex.replaceAll(/./g, '0') } : one,
  );
  const words = `and ${right[index]?.from} says 000`;
  await expect(verify(digests)).rejects.toThrow(words);
  await expect(verify(digests.toReversed())).rejects.toThrow(words);
});
