import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeXz } from '../../../../src/decode/xz/xz-decoder.ts';
import { decode, defaults, expectSame, mixture, xz } from './helpers.ts';

const image = mixture(1_600_000);

describe('decodeXz decodes what xz writes', () => {
  const variants: Record<string, string[]> = {
    'with one block, without sizes': ['-1'],
    'with many blocks and their sizes': ['-1', '-T2', '--block-size=300KiB'],
    'with many blocks without sizes': ['-1', '-T1', '--block-size=500001'],
    'with blocks of given sizes': ['-1', '-T1', '--block-list=1,1048575,5,200000'],
    'with tiny blocks': ['-0', '-T1', '--block-list=1,1,1,1,1,7,1,2,3,0'],
    'without a check': ['-1', '--check=none'],
    'with CRC32': ['-1', '--check=crc32'],
    'with CRC64': ['-1', '--check=crc64'],
    'with SHA-256': ['-1', '--check=sha256'],
    'with the fastest preset': ['-0'],
    'with the strongest preset': ['-9e'],
    'with the x86 filter': ['--x86', '--lzma2=preset=1'],
    'with the ARM64 filter': ['--arm64', '--lzma2=preset=1'],
    'with the PowerPC, IA-64, ARM filters': ['--powerpc', '--ia64', '--arm', '--lzma2=preset=0'],
    'with the delta filter, in blocks': [
      '--delta=dist=4',
      '--lzma2=preset=0',
      '-T2',
      '--block-size=512KiB',
    ],
    'with unusual literal settings': ['--lzma2=preset=1,lc=0,lp=4,pb=0,dict=4KiB'],
  };
  for (const [name, args] of Object.entries(variants))
    it(name, async () => {
      const file = xz(image, ...args);
      expectSame(await decode(decodeXz, file, { jobs: 3 }), image);
      expectSame(await decode(decodeXz, file, { jobs: 1, chunkLength: 4093 }), image);
    });

  it('concatenated, with padding between and after', async () => {
    const one = xz(image.subarray(0, 900_000), '-1', '--check=sha256');
    const two = xz(image.subarray(900_000), '-1', '-T2', '--block-size=600KiB', '--check=none');
    const file = Buffer.concat([one, Buffer.alloc(4), two, Buffer.alloc(400)]);
    expectSame(await decode(decodeXz, file), image);
  });

  it('with nothing in it', async () => {
    const empty = xz(Buffer.alloc(0));
    expect(await decode(decodeXz, empty)).toHaveLength(0);
    const around = Buffer.concat([empty, xz(image.subarray(0, 10)), empty]);
    expectSame(await decode(decodeXz, around), image.subarray(0, 10));
  });

  it('more than may wait for its decoder', async () => {
    const noise = randomBytes(7_000_001);
    const file = xz(noise, '-0', '--block-size=1500001');
    expectSame(await decode(decodeXz, file, { jobs: 1 }), noise);
  });

  it('a short compressed chunk behind a stored one', async () => {
    const text = Buffer.from('a line of some text\n'.repeat(1000));
    const bytes = Buffer.concat([randomBytes(70_000), text]);
    const file = xz(bytes, '-0');
    const stored = 12 + (file.readUInt8(12) + 1) * 4;
    expect(file[stored]).toBe(1);
    // New properties, and at most 64 KiB.
    expect(file[stored + 3 + file.readUInt16BE(stored + 1) + 1]).toBe(0xc0);
    expectSame(await decode(decodeXz, file), bytes);
  });

  it('arriving byte by byte', async () => {
    const file = xz(image.subarray(0, 30_000), '-T2', '--block-size=10000');
    expectSame(await decode(decodeXz, file, { chunkLength: 1 }), image.subarray(0, 30_000));
  });

  it('with a hundred thousand blocks of one byte', async () => {
    const small = mixture(100_000);
    // The last size of a list is used for all that follows.
    const file = xz(small, '-0', '--check=none', '--block-list=1');
    expectSame(await decode(decodeXz, file), small);
  });
});

describe('decodeXz works side by side', () => {
  it('hands on later blocks before earlier ones are complete', async () => {
    const mib = 1024 * 1024;
    const file = xz(mixture(13 * mib), '-0', '-T2', '--block-size=12MiB');
    const order: number[] = [];
    await decodeXz(
      (async function* () {
        yield file;
      })(),
      async (offsetBytes) => {
        order.push(offsetBytes / mib);
      },
      defaults(),
    );
    expect(order).toHaveLength(13);
    // The second block's only chunk, before the first block's last.
    expect(order.indexOf(12)).toBeLessThan(12);
  });
});
