import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { NativeDecoder } from '../../../../src/decode/native-decoder.ts';
import { decodeXz } from '../../../../src/decode/xz/xz-decoder.ts';
import { InputError } from '../../../../src/lib/errors.ts';
import { decode, defaults, expectSame, inChunks, mixture, repaired, xz } from './helpers.ts';

const image = mixture(2_000_000);
const file = xz(image, '-1', '-T2', '--block-size=512KiB');
const changed = (at: number) => {
  const copy = Buffer.from(file);
  const place = at < 0 ? copy.length + at : at;
  copy[place] = (copy[place] as number) ^ 0x55;
  return copy;
};
/** Where the check of the first block is. */
const firstBlockEnd = file.indexOf(file.subarray(12, 14), 100);

async function failure(bytes: Uint8Array, options = {}): Promise<string> {
  const error = await decode(decodeXz, bytes, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as Error).message;
}

describe('decodeXz says what is wrong', () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['no data', Buffer.alloc(0), /the file ends after 0 bytes/],
    ['not xz', Buffer.from('GIF89a and more'), /not an xz stream/],
    ['stream header', changed(7), /damaged near byte 12 \(the stream header's checksum is wrong/],
    ['block header', changed(14), /near byte 28 \(a block header's checksum is wrong/],
    ['compressed data', changed(5000), /the xz data is damaged near byte \d+ \(/],
    ['check', changed(firstBlockEnd - 4), /the compressed data or its checksum is wrong/],
    ['index', changed(-26), /the index/],
    ['footer', changed(-8), /the stream footer's checksum is wrong/],
    ['footer magic', changed(-1), /the stream footer is missing/],
    ['truncated', file.subarray(0, -1), /the file ends after \d+ bytes, before its xz data/],
    ['truncated in a block', file.subarray(0, 9999), /the file ends after 9999 bytes/],
    ['garbage', Buffer.concat([file, Buffer.from('garbage, some')]), /not an xz stream/],
    ['one byte more', Buffer.concat([file, Buffer.alloc(1)]), /the file ends after/],
    ['padding of six bytes', Buffer.concat([file, Buffer.alloc(6), file]), /not an xz stream/],
  ];
  for (const [name, bytes, message] of cases)
    it(name, async () => {
      const text = await failure(bytes);
      expect(text).toMatch(message);
      expect(text).toMatch(/^Cannot decompress image\.xz: .*\. [A-Z].*\.$/);
    });

  it('where the damage is, in a later block, too', async () => {
    const at = Math.floor(file.length * 0.6);
    const [, near] = /near byte (\d+)/.exec(await failure(changed(at))) ?? [];
    // Decoding may go on for a while before it is seen.
    expect(Number(near)).toBeGreaterThanOrEqual(at - 16);
    expect(Number(near)).toBeLessThan(at + 300_000);
  });

  it('a chunk of an unknown kind', async () => {
    const copy = Buffer.from(file);
    copy[12 + ((file[12] as number) + 1) * 4] = 3;
    expect(await failure(copy)).toMatch(/unknown LZMA2 chunk type/);
    copy[12 + ((file[12] as number) + 1) * 4] = 0x7f;
    expect(await failure(copy)).toMatch(/unknown LZMA2 chunk type/);
  });

  it('an index whose padding is not zero, though its checksum is right', async () => {
    const small = xz(image.subarray(0, 1000));
    expect(small.at(-17)).toBe(0);
    small.writeUInt8(1, small.length - 17);
    expect(await failure(repaired(small))).toMatch(/the index's padding is not zero/);
  });

  it('a footer that names another size of the index, though its checksum is right', async () => {
    const copy = Buffer.from(file);
    copy.writeUInt32LE(copy.readUInt32LE(copy.length - 8) + 1, copy.length - 8);
    copy.writeUInt32LE(crc32(copy.subarray(-8, -2)), copy.length - 12);
    expect(await failure(copy)).toMatch(/the stream footer contradicts its header or index/);
  });

  /** The file with its first block's header replaced, checksums right. */
  const withHeader = (...fields: number[]) => {
    const end = 12 + ((file[12] as number) + 1) * 4;
    const length = Math.ceil((fields.length + 6) / 4) * 4;
    const header = Buffer.alloc(length);
    header.set([length / 4 - 1, ...fields]);
    return repaired(Buffer.concat([file.subarray(0, 12), header, file.subarray(end)]));
  };
  const lzma2 = [0x21, 1, 16];
  const nearTwoToThe63 = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];

  const lies: [string, Uint8Array, RegExp][] = [
    [
      'an output that is too small',
      withHeader(0x80, 0x80, 0x20, ...lzma2),
      /larger than its header/,
    ],
    [
      'an output that is too large',
      withHeader(0x80, 0x80, 0x80, 0x40, ...lzma2),
      /smaller than its/,
    ],
    [
      'an output near 2^63',
      withHeader(0x80, ...nearTwoToThe63, ...lzma2),
      /smaller than its header/,
    ],
    [
      'a length that is too small',
      withHeader(0x40, 0x80, 0x20, ...lzma2),
      /larger than its header/,
    ],
    [
      'a length near 2^63',
      withHeader(0x40, ...nearTwoToThe63, ...lzma2),
      /smaller than its header/,
    ],
    ['a number of ten bytes', withHeader(0x40, ...nearTwoToThe63.fill(0xff, 8), 1), /too long/],
    ['a header cut short', withHeader(0x40, 0x80), /too short|shortest form/],
    ['an unknown filter', withHeader(0, 0x22, 0), /feature.*not compressed with LZMA2/],
    [
      'an unknown filter before LZMA2',
      // As long as the header in its place: the index fits.
      withHeader(1, 0x22, 0, ...lzma2, 0, 0, 0, 0),
      /does not support \(a filter or its options\)/,
    ],
    ['an unknown dictionary', withHeader(0, 0x21, 1, 41), /unknown LZMA2 dictionary size/],
    ['an unknown block flag', withHeader(4, ...lzma2), /unknown block flags/],
  ];
  for (const [name, bytes, message] of lies)
    it(`a block header with ${name}`, async () => {
      expect(await failure(bytes)).toMatch(message);
    });

  it('an index that contradicts the blocks', async () => {
    const copy = Buffer.from(file);
    // The lowest bits of the last record's output size: 2,000,000 less three times 512 KiB.
    copy[copy.lastIndexOf(Buffer.from([0x80, 0x89, 0x1a]))] = 0x81;
    expect(await failure(repaired(copy))).toMatch(/the index contradicts the blocks/);
  });

  it('a dictionary of 1.5 GiB, unless there is memory for it', async () => {
    const copy = xz(image, '-0', '-T1');
    copy[copy.indexOf(Buffer.from([0x21, 1])) + 2] = 37;
    const large = repaired(copy);
    expect(await failure(large)).toMatch(
      /it needs 1536 MiB of memory, and only 256 MiB can be used/,
    );
    expectSame(await decode(decodeXz, large, { memoryLimitBytes: 2 ** 31 }), image);
  });

  it('a dictionary that does not fit', async () => {
    const large = xz(image, '--lzma2=preset=0,dict=64MiB');
    expect(await failure(large, { memoryLimitBytes: 32 * 1024 * 1024 })).toBe(
      'Cannot decompress image.xz: decompressing it needs 64 MiB of memory, and only 32 MiB can be ' +
        'used. Use a machine with more memory, or compress the image again with plain xz.',
    );
  });

  it('memory that is lacking, and not damage', async () => {
    using decoder = new NativeDecoder('xz', 1024 * 1024);
    const large = xz(image, '--lzma2=preset=0,dict=64MiB');
    const decoding = decoder.decode(large, [new Uint8Array(65_536)]);
    await expect(decoding).rejects.toMatchObject({ kind: 'memory' });
  });

  it('accepts a large dictionary for blocks that are known to be small', async () => {
    const large = xz(image, '--lzma2=preset=0,dict=64MiB', '-T2', '--block-size=1MiB');
    expectSame(await decode(decodeXz, large, { memoryLimitBytes: 32 * 1024 * 1024 }), image);
  });
});

describe('decodeXz stops', () => {
  it('with what the sink throws, and does not call it again', async () => {
    let calls = 0;
    const full = new Error('disk full');
    const sink = async () => {
      calls += 1;
      throw full;
    };
    await expect(decodeXz(inChunks(file, 1000), sink, defaults())).rejects.toBe(full);
    const atTheEnd = calls;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(calls).toBe(atTheEnd);
  });

  it('with what the source throws', async () => {
    const reset = new Error('connection reset');
    async function* broken() {
      yield file.subarray(0, 100_000);
      throw reset;
    }
    await expect(decodeXz(broken(), async () => {}, defaults())).rejects.toBe(reset);
  });

  it('at once when it is told to, even if the source never answers', async () => {
    const stop = new AbortController();
    let closed = false;
    const silent: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          closed = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const decoding = decodeXz(silent, async () => {}, { ...defaults(), signal: stop.signal });
    stop.abort(new Error('interrupted'));
    await expect(decoding).rejects.toThrow('interrupted');
    expect(closed).toBe(true);
  });

  it('taking input while the sink is busy', async () => {
    const noise = xz(mixture(1024 * 1024), '-0');
    const long = Buffer.concat(Array.from({ length: 50 }, () => noise));
    let taken = 0;
    async function* counted() {
      for await (const bytes of inChunks(long, 65536)) {
        taken += bytes.length;
        yield bytes;
      }
    }
    const stop = new AbortController();
    const decoding = decodeXz(counted(), () => new Promise(() => {}), {
      ...defaults(),
      jobs: 1,
      signal: stop.signal,
    });
    let before = -1;
    while (before !== taken) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(taken).toBeLessThan(10 * 1024 * 1024);
    expect(taken).toBeLessThan(long.length);
    stop.abort(new Error('enough'));
    await Promise.race([decoding, new Promise((resolve) => setTimeout(resolve, 50))]).catch(
      () => {},
    );
  });
});
