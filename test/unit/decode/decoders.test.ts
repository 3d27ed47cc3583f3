import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoderFor } from '../../../src/decode/decoders.ts';
import type { ImageFormat } from '../../../src/decode/format.ts';
import { InputError } from '../../../src/lib/errors.ts';
import { slowDecoders } from '../../support/native-decoders.ts';
import {
  alternating,
  decode,
  defaults,
  expectSame,
  inChunks,
  mixture,
  pipe,
  run,
  xz,
} from './xz/helpers.ts';

const image = mixture(2_300_000);
const part = image.subarray(0, 70_000);
const gzip = (bytes: Uint8Array) => pipe('gzip', ['-c', '-1'], bytes);
const zstd = (bytes: Uint8Array, ...args: string[]) => pipe('zstd', ['-c', '-1', ...args], bytes);
/** A frame that decoders step over (RFC 8878, section 3.1.2). */
const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

const smallFrame = zstd(Buffer.alloc(100, 'a'));

describe('decoders decode what compressors write', () => {
  const files: [string, ImageFormat, Uint8Array, Uint8Array][] = [
    ['raw', 'raw', image, image],
    ['raw, nothing', 'raw', Buffer.alloc(0), Buffer.alloc(0)],
    ['gzip', 'gzip', gzip(image), image],
    ['gzip, nothing', 'gzip', gzip(Buffer.alloc(0)), Buffer.alloc(0)],
    [
      'gzip, members',
      'gzip',
      Buffer.concat([gzip(part), gzip(image)]),
      Buffer.concat([part, image]),
    ],
    ['gzip, zeros at the end', 'gzip', Buffer.concat([gzip(image), Buffer.alloc(70_000)]), image],
    ['gzip, many zeros', 'gzip', Buffer.concat([gzip(part), Buffer.alloc(2_000_000)]), part],
    ['zstd', 'zstd', zstd(image), image],
    ['zstd, without checksum', 'zstd', zstd(image, '--no-check'), image],
    ['zstd, nothing', 'zstd', zstd(Buffer.alloc(0)), Buffer.alloc(0)],
    ['zstd, with its size', 'zstd', zstd(image, '--stream-size=2300000'), image],
    ['zstd, zeros', 'zstd', zstd(Buffer.alloc(2_000_000)), Buffer.alloc(2_000_000)],
    [
      'zstd, frames',
      'zstd',
      Buffer.concat([skippable, zstd(part), skippable, zstd(image), skippable]),
      Buffer.concat([part, image]),
    ],
    [
      'zstd, many small frames',
      'zstd',
      Buffer.concat(Array.from({ length: 4000 }, () => smallFrame)),
      Buffer.alloc(4000 * 100, 'a'),
    ],
    ['xz', 'xz', xz(image, '-0'), image],
  ];
  for (const [name, format, file, expected] of files)
    it(name, async () => {
      expectSame(await decode(decoderFor(format), file), expected);
      expectSame(await decode(decoderFor(format), file, { chunkLength: 1021 }), expected);
    });

  it('zstd, of which more comes than there is room for when all of it is taken', async () => {
    const mib = 1024 * 1024;
    const [few, rest] = [mixture(1000, 5), mixture(4 * mib - 500, 6)];
    const file = Buffer.concat([zstd(few), zstd(rest, '--no-check')]);
    expectSame(await decode(decoderFor('zstd'), file), Buffer.concat([few, rest]));
  });

  it('zstd, with every kind of frame that is skipped', async () => {
    const frames = Array.from({ length: 16 }, (_, kind) =>
      Buffer.from([0x50 + kind, 0x2a, 0x4d, 0x18, kind, 0, 0, 0, ...Array(kind).fill(0xfd)]),
    );
    const file = Buffer.concat([...frames, zstd(part), ...frames]);
    expectSame(await decode(decoderFor('zstd'), file), part);
  });

  it('arriving byte by byte', async () => {
    const few = part.subarray(0, 9000);
    for (const [format, file] of [
      ['gzip', Buffer.concat([gzip(few), gzip(few)])],
      ['zstd', Buffer.concat([zstd(few), skippable, zstd(few)])],
    ] as const) {
      const bytes = Buffer.from(file);
      expectSame(
        await decode(decoderFor(format), bytes, { chunkLength: 1 }),
        Buffer.concat([few, few]),
      );
    }
  });
});

describe('decoders decode images of any size, with zeros anywhere', () => {
  const mib = 1024 * 1024;
  const images: Record<string, Buffer> = {
    'data, zeros, data, zeros': alternating(1_700_003, 3_000_001, 434_567, 1_200_003),
    'zeros, data': alternating(0, 2_500_001, 70_001),
    'data, zeros of which no chunk is full, data': alternating(1_500_001, 700_001, 900_001),
    'one byte': alternating(1),
    'a sector and a byte': alternating(513),
    'a chunk less a byte': alternating(mib - 1),
    'a chunk': alternating(mib),
    'a chunk and a byte, a zero': alternating(mib, 1),
    'zeros alone': alternating(0, 3_000_001),
  };
  /** In two members or frames, of which the second begins anywhere. */
  const twice = (compress: (bytes: Uint8Array) => Buffer, bytes: Buffer) => {
    const at = Math.floor(bytes.length / 3);
    return Buffer.concat([compress(bytes.subarray(0, at)), compress(bytes.subarray(at))]);
  };
  const files: [string, ImageFormat, (bytes: Buffer) => Uint8Array][] = [
    ['raw', 'raw', (bytes) => bytes],
    ['gzip', 'gzip', gzip],
    ['gzip, two members', 'gzip', (bytes) => twice(gzip, bytes)],
    ['zstd', 'zstd', (bytes) => zstd(bytes)],
    ['zstd, two frames', 'zstd', (bytes) => twice((part) => zstd(part), bytes)],
    ['xz', 'xz', (bytes) => xz(bytes, '-0')],
    ['xz, blocks', 'xz', (bytes) => xz(bytes, '-0', '--block-size=700001')],
    ['xz, blocks with sizes', 'xz', (bytes) => xz(bytes, '-0', '-T2', '--block-size=700001')],
    ['xz, large blocks', 'xz', (bytes) => xz(bytes, '-0', '-T2', '--block-size=2500001')],
  ];
  for (const [name, format, compress] of files)
    it(name, async () => {
      for (const [of, bytes] of Object.entries(images)) {
        const file = compress(bytes);
        for (const options of [{ jobs: 1 }, { jobs: 3, chunkLength: 100_003 }]) {
          const image = await decode(decoderFor(format), file, options);
          expect(image.equals(bytes), `${of}, ${options.jobs} jobs`).toBe(true);
        }
      }
    });
});

describe('decoders refuse', () => {
  const damage = (file: Buffer, at: number) => {
    const copy = Buffer.from(file);
    copy[at] = (copy[at] as number) ^ 0xff;
    return copy;
  };
  const garbage = Buffer.from('garbage');
  const files: [string, ImageFormat, Uint8Array, RegExp][] = [
    ['no data as gzip', 'gzip', Buffer.alloc(0), /the file ends after 0 bytes/],
    ['truncated gzip', 'gzip', gzip(image).subarray(0, -1), /before its gzip data is complete/],
    ['damaged gzip', 'gzip', damage(gzip(image), 900_000), /the gzip data is damaged/],
    ['a wrong gzip checksum', 'gzip', damage(gzip(part), gzip(part).length - 6), /incorrect data/],
    ['garbage after gzip', 'gzip', Buffer.concat([gzip(part), garbage]), /damaged/],
    [
      'garbage after zeros after gzip',
      'gzip',
      Buffer.concat([gzip(part), Buffer.alloc(9), garbage]),
      /other data follows the compressed image/,
    ],
    ['no data as zstd', 'zstd', Buffer.alloc(0), /the file ends after 0 bytes/],
    ['truncated zstd', 'zstd', zstd(image).subarray(0, -1), /before its zstd data is complete/],
    ['damaged zstd', 'zstd', damage(zstd(image), 900_000), /the zstd data is damaged/],
    ['a wrong zstd checksum', 'zstd', damage(zstd(part), zstd(part).length - 2), /checksum/],
    ['garbage after zstd', 'zstd', Buffer.concat([zstd(part), garbage]), /not a zstd frame/],
    ['zeros after zstd', 'zstd', Buffer.concat([zstd(part), Buffer.alloc(8)]), /not a zstd frame/],
  ];
  for (const [name, format, file, message] of files)
    it(name, async () => {
      const decoding = decode(decoderFor(format), file);
      await expect(decoding).rejects.toThrow(InputError);
      await expect(decoding).rejects.toThrow(message);
    });

  const pieceBytes = 512 * 1024;
  const upTo = (length: number, file: Buffer) =>
    Buffer.concat([file, Buffer.alloc(length - file.length)]);
  const places: [string, ImageFormat, Buffer, string][] = [
    [
      'gzip that ends early',
      'gzip',
      gzip(image).subarray(0, -1),
      `after ${gzip(image).length - 1} bytes`,
    ],
    [
      'what follows a few zeros after gzip',
      'gzip',
      Buffer.concat([gzip(part), Buffer.alloc(9), garbage]),
      `near byte ${gzip(part).length + 9} (other data follows`,
    ],
    [
      'what follows zeros after gzip',
      'gzip',
      Buffer.concat([upTo(700_001, gzip(part)), garbage]),
      'near byte 700001 (other data follows',
    ],
    [
      'a member after zeros after gzip, where a piece begins',
      'gzip',
      Buffer.concat([upTo(2 * pieceBytes, gzip(part)), gzip(part)]),
      `near byte ${2 * pieceBytes} (other data follows`,
    ],
    [
      'the beginning of a frame after zstd',
      'zstd',
      Buffer.concat([zstd(part), zstd(part).subarray(0, 2)]),
      `after ${zstd(part).length + 2} bytes, before its zstd data is complete`,
    ],
  ];
  for (const [name, format, file, message] of places)
    it(`${name}, and tell its place`, async () => {
      await expect(decode(decoderFor(format), file)).rejects.toThrow(message);
    });

  it('a zstd frame that needs a dictionary', async () => {
    const file = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 1, 9, 0, 0, 0x61]);
    await expect(decode(decoderFor('zstd'), file)).rejects.toThrow(
      'uses a feature that this program does not support (a dictionary that is not in the file)',
    );
  });

  it('a zstd window that does not fit into memory', async () => {
    const long = zstd(image, '--long=31');
    await expect(decode(decoderFor('zstd'), long)).rejects.toThrow(
      'it needs 2048 MiB of memory, and only 256 MiB can be used',
    );
    const fitting = zstd(image, '--long=28');
    expectSame(await decode(decoderFor('zstd'), fitting), image);
  });
});

describe('decoders agree with their command', () => {
  // For gzip(1) there are zeros before the beginning of the data, for zlib and the format there is nothing.
  const beforeBeginning = 'invalid distance too far back';
  it('gzip, save for a copy of what is before the beginning, which is refused', async () => {
    const file = Buffer.from('1f8b080000000000000303020012d941ff03000000', 'hex');
    expect(run('gzip', ['-dc'], file)).toMatchObject({ status: 0, stdout: Buffer.alloc(3) });
    await expect(decode(decoderFor('gzip'), file)).rejects.toThrow(beforeBeginning);
  });

  for (const format of ['gzip', 'zstd'] as const)
    it(format, async () => {
      const file = format === 'gzip' ? gzip(part) : zstd(part);
      // zstd alone has one: by default half as much as the decoder has here.
      const sameLimit = format === 'zstd' ? ['--memory=256MiB'] : [];
      const where = fc.nat(file.length - 1);
      await fc.assert(
        fc.asyncProperty(where, fc.nat(255), fc.boolean(), async (at, byte, truncate) => {
          const changed = truncate ? file.subarray(0, at) : Buffer.from(file);
          if (!truncate) changed[at] = byte;
          const expected = run(format, ['-dc', ...sameLimit], changed);
          const actual = await decode(decoderFor(format), changed).catch((error: Error) => error);
          if (expected.status !== 0 || changed.length === 0)
            expect(actual).toBeInstanceOf(InputError);
          else if (actual instanceof InputError) expect(actual.message).toContain(beforeBeginning);
          else expectSame(actual as Buffer, expected.stdout);
        }),
        { numRuns: 60 },
      );
    });
});

describe('decoders stop', () => {
  const files = { raw: image, gzip: gzip(image), zstd: zstd(image), xz: xz(image, '-0') };
  for (const [format, file] of Object.entries(files) as [ImageFormat, Buffer][]) {
    it(`${format}: with what the sink throws`, async () => {
      const full = new Error('disk full');
      const decoding = decoderFor(format)(
        inChunks(file, 65536),
        () => Promise.reject(full),
        defaults(),
      );
      await expect(decoding).rejects.toBe(full);
    });

    it(`${format}: when told to`, async () => {
      const stop = new AbortController();
      async function* silent() {
        yield file.subarray(0, 100);
        stop.abort(new Error('interrupted'));
        await new Promise(() => {});
      }
      const decoding = decoderFor(format)(silent(), async () => {}, {
        ...defaults(),
        signal: stop.signal,
      });
      await expect(decoding).rejects.toThrow('interrupted');
    });

    if (format === 'raw') continue;

    it(`${format}: when told to, and when no thread has its memory any more`, async () => {
      const begun = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<void>();
      using _ = slowDecoders(() => {
        begun.resolve();
        return ended.promise;
      });
      const stop = new AbortController();
      let settled = false;
      const decoding = decoderFor(format)(inChunks(file, 65536), async () => {}, {
        ...defaults(),
        signal: stop.signal,
      }).finally(() => {
        settled = true;
      });
      decoding.catch(() => {});
      await begun.promise;
      stop.abort(new Error('interrupted'));
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
      expect(settled).toBe(false);
      ended.resolve();
      await expect(decoding).rejects.toThrow('interrupted');
    });
  }
});
