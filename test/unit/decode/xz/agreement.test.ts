import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uncompressedSizeFromTail } from '../../../../src/decode/xz/index-size.ts';
import { decodeXz } from '../../../../src/decode/xz/xz-decoder.ts';
import { decode, expectSame, repaired, xz, xzVerdict } from './helpers.ts';

/** Runs of the same byte, noise and text in turn. */
const content = fc
  .array(
    fc.oneof(
      fc
        .tuple(fc.integer({ min: 0, max: 40_000 }), fc.nat(255))
        .map(([n, byte]) => Buffer.alloc(n, byte)),
      fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ maxLength: 100 }).map((text) => Buffer.from(text.repeat(30))),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

const options = fc.record({
  check: fc.constantFrom('none', 'crc32', 'crc64', 'sha256'),
  filters: fc.constantFrom(
    [],
    ['--x86', '--lzma2=preset=0'],
    ['--delta=dist=3', '--lzma2=preset=0'],
  ),
  blocks: fc.oneof(
    fc.constant([]),
    fc.constantFrom(1000, 4096, 20_000).map((size) => [`--block-size=${size}`]),
    fc.constantFrom(7000, 30_000).map((size) => ['-T2', `--block-size=${size}`]),
  ),
});

/** One stream with random options, as xz makes it. */
const stream = fc.tuple(content, options).map(([bytes, { check, filters, blocks }]) => ({
  bytes,
  file: xz(bytes, '-0', `--check=${check}`, ...filters, ...blocks),
}));

type Change = (file: Buffer) => Buffer;
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (file: Buffer, where: number) => Math.floor(where * file.length);
const cut = (file: Buffer, from: number, to: number, ...middle: Buffer[]) =>
  Buffer.concat([file.subarray(0, from), ...middle, file.subarray(to)]);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
    ([where, mask]): Change =>
      (file) => {
        const copy = Buffer.from(file);
        copy[at(file, where)] = (copy[at(file, where)] ?? 0) ^ mask;
        return copy;
      },
  ),
  // The ends are where the structure is.
  fc.tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 1, max: 255 })).map(
    ([where, mask]): Change =>
      (file) => {
        const copy = Buffer.from(file);
        const index = where < 0 ? copy.length + where : where;
        copy[index] = (copy[index] ?? 0) ^ mask;
        return repaired(copy);
      },
  ),
  place.map(
    (where): Change =>
      (file) =>
        file.subarray(0, at(file, where)),
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 8 })).map(([where, bytes]): Change => {
    return (file) => cut(file, at(file, where), at(file, where), Buffer.from(bytes));
  }),
  fc.tuple(place, fc.nat(40)).map(([where, length]): Change => {
    return (file) => cut(file, at(file, where), Math.min(file.length, at(file, where) + length));
  }),
  fc.tuple(place, place).map(
    ([one, other]): Change =>
      (file) => {
        const [from, to] = [at(file, Math.min(one, other)), at(file, Math.max(one, other))];
        return cut(file, to, to, file.subarray(from, to));
      },
  ),
  fc.nat(16).map(
    (length): Change =>
      (file) =>
        Buffer.concat([file, Buffer.alloc(length)]),
  ),
  fc.nat(16).map(
    (length): Change =>
      (file) =>
        Buffer.concat([file, Buffer.alloc(length), file]),
  ),
);

const jobs = fc.integer({ min: 1, max: 4 });
const chunkLength = fc.constantFrom(1, 13, 4096, 1 << 20);

/** By the file's end alone, of which ever more is shown. */
function sizeOf(file: Uint8Array, tailLength: number): number {
  for (let length = tailLength; ; ) {
    const size = uncompressedSizeFromTail(file.subarray(-length), file.length);
    if (typeof size === 'number') return size;
    expect(size.needBytes).toBeGreaterThan(Math.min(length, file.length));
    length = size.needBytes;
  }
}

describe('decodeXz agrees with xz', () => {
  it('on every file that xz makes', async () => {
    await fc.assert(
      fc.asyncProperty(stream, stream, jobs, chunkLength, async (one, two, jobs, chunkLength) => {
        const file = Buffer.concat([one.file, Buffer.alloc(8), two.file]);
        const image = Buffer.concat([one.bytes, two.bytes]);
        expectSame(await decode(decodeXz, file, { jobs, chunkLength }), image);
      }),
      { numRuns: 25 },
    );
  });

  it('on what is damaged, and on what that decodes to', async () => {
    await fc.assert(
      fc.asyncProperty(
        stream,
        change,
        jobs,
        chunkLength,
        fc.integer({ min: 1, max: 100_000 }),
        async (one, change, jobs, chunkLength, tailLength) => {
          const file = change(one.file);
          const expected = xzVerdict(file);
          const actual = await decode(decodeXz, file, { jobs, chunkLength }).catch(
            (error: unknown) => error as Error,
          );
          if (expected === undefined) {
            if (!(actual instanceof Error)) throw new Error('accepted what xz refuses');
            if (actual.name !== 'InputError') throw actual;
          } else if (actual instanceof Error) throw actual;
          else {
            expectSame(actual, expected);
            expect(sizeOf(file, tailLength)).toBe(expected.length);
          }
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] || 100) },
    );
  });
});
