import { describe, expect, it } from 'vitest';
import { decodeXz } from '../../../../src/decode/xz/xz-decoder.ts';
import { slowDecoders } from '../../../support/native-decoders.ts';
import { decode, expectSame, xz } from './helpers.ts';

const mib = 1024 * 1024;

/** Units that take one call each: a block of 1 MiB of the same byte, no two alike. */
const units = 12;
const image = Buffer.concat(
  Array.from({ length: units }, (_, index) => Buffer.alloc(mib, index + 1)),
);
const file = xz(image, '-0', '-T2', `--block-size=${mib}`);

/**
 * How many work when each begins. Each waits until as many work as `expected`, or all have begun, and
 * then a while for more than that.
 */
async function decodeSideBySide(
  expected: number,
  options: { jobs: number; memoryLimitBytes?: number },
) {
  let most = 0;
  let working = 0;
  const begun: number[] = [];
  using _ = slowDecoders(async (workingCount) => {
    const index = begun.push(0) - 1;
    most = Math.max(most, workingCount);
    working += 1;
    for (let turn = 0; turn < 20; ) {
      await new Promise(setImmediate);
      begun[index] = Math.max(begun[index] as number, begun.length - index);
      if (working >= expected || begun.length === units) turn += 1;
    }
    working -= 1;
  });
  expectSame(await decode(decodeXz, file, options), image);
  return { most, atTheEnd: Math.max(...begun.slice(-4)) };
}

describe('decodeXz decodes side by side', () => {
  it.each([1, 2, 3])('as many blocks as it has jobs: %i', async (jobs) => {
    const { most, atTheEnd } = await decodeSideBySide(jobs, { jobs });
    expect(most).toBe(jobs);
    if (jobs > 1) expect(atTheEnd).toBeGreaterThan(1);
  });

  it('as many blocks as there is memory for, to the last', async () => {
    // 7 MiB for each, 256 KiB for a dictionary, and 2 MiB for what waits.
    const { most, atTheEnd } = await decodeSideBySide(2, { jobs: 3, memoryLimitBytes: 17 * mib });
    expect(most).toBe(2);
    expect(atTheEnd).toBeGreaterThan(1);
    expect(await decodeSideBySide(1, { jobs: 3, memoryLimitBytes: 9 * mib })).toMatchObject({
      most: 1,
    });
  });
});

it('decodeXz takes a dictionary that just fits, and none that is a byte larger', async () => {
  const large = xz(image.subarray(0, 100_000), '--lzma2=preset=0,dict=64MiB');
  expectSame(
    await decode(decodeXz, large, { memoryLimitBytes: 64 * mib }),
    image.subarray(0, 100_000),
  );
  const refused = decode(decodeXz, large, { memoryLimitBytes: 64 * mib - 1 });
  await expect(refused).rejects.toThrow('needs 64 MiB of memory');
});
