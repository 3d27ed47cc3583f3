import { describe, expect, it } from 'vitest';
import { describeForeign, detectFormat, sizeHint } from '../../../src/decode/format.ts';
import { InputError } from '../../../src/lib/errors.ts';
import { mixture, pipe, xz } from './xz/helpers.ts';

const bytesAt = (offset: number, text: string) =>
  Buffer.concat([Buffer.alloc(offset), Buffer.from(text, 'latin1'), Buffer.alloc(64)]);

describe('detectFormat', () => {
  const image = mixture(10_000);

  it('tells the formats by their first six bytes', () => {
    expect(detectFormat(xz(image).subarray(0, 6), 'image')).toBe('xz');
    expect(detectFormat(pipe('gzip', ['-c'], image).subarray(0, 6), 'image')).toBe('gzip');
    expect(detectFormat(pipe('zstd', ['-c'], image).subarray(0, 6), 'image')).toBe('zstd');
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0]);
    expect(detectFormat(skippable, 'image')).toBe('zstd');
    expect(detectFormat(Buffer.alloc(6), 'image')).toBe('raw');
  });

  const foreign: [string, Uint8Array, RegExp][] = [
    ['nothing', Buffer.alloc(0), /it is empty/],
    ['a web page', Buffer.from('\n <!DOCTYPE html><html>'), /it is a web page/],
    ["an object store's error", Buffer.from('\ufeff<?xml version="1.0"?><Error>'), /a web page/],
    ['an ISO image', bytesAt(32769, 'CD001'), /it is an ISO image.*metal image/],
    ['bzip2', bytesAt(0, 'BZh91AY'), /bzip2.*compress it again with xz/],
    ['lz4', bytesAt(0, '\x04\x22\x4d\x18'), /lz4/],
    ['lzip', bytesAt(0, 'LZIP\x01'), /lzip/],
    ['old lzma', pipe('xz', ['--format=lzma', '-c'], image), /the old lzma format/],
    [
      'lzma with the smallest dictionary',
      pipe('xz', ['--format=lzma', '--lzma1=dict=4KiB', '-c'], image),
      /the old lzma format/,
    ],
    ['zip', bytesAt(0, 'PK\x03\x04'), /zip archive. Unpack it/],
    ['7z', bytesAt(0, '7z\xbc\xaf\x27\x1c'), /7z archive/],
    ['tar', bytesAt(257, 'ustar'), /tar archive/],
    ['qcow2', bytesAt(0, 'QFI\xfb'), /qcow2 image.*qemu-img convert/],
    ['VMDK', bytesAt(0, 'KDMV'), /VMDK/],
    ["a VMDK's descriptor", bytesAt(0, '# Disk DescriptorFile\n'), /descriptor file of a VMDK/],
    ['VHDX', bytesAt(0, 'vhdxfile'), /VHDX/],
  ];
  for (const [name, bytes, message] of foreign)
    it(`refuses ${name}`, () => {
      expect(() => detectFormat(bytes, 'http://192.0.2.1/image')).toThrow(InputError);
      expect(() => detectFormat(bytes, 'http://192.0.2.1/image')).toThrow(message);
      expect(() => detectFormat(bytes, 'http://192.0.2.1/image')).toThrow(
        /^Cannot install http:\/\/192\.0\.2\.1\/image: /,
      );
    });
});

describe('describeForeign', () => {
  it('recognises an image that was compressed twice', () => {
    expect(describeForeign(xz(Buffer.from('a')))).toMatchObject({
      code: 'image-compressed-twice',
      why: 'it is compressed twice: the data inside is compressed again with xz',
    });
  });

  it('has nothing against a disk', () => {
    expect(describeForeign(bytesAt(512, 'EFI PART'))).toBeUndefined();
    expect(describeForeign(Buffer.from([0xeb, 0x63, 0x90]))).toBeUndefined();
  });
});

describe('sizeHint', () => {
  const image = mixture(300_000);

  it('is the size of the first block or frame', () => {
    expect(sizeHint('xz', xz(image, '-0', '-T2', '--block-size=100000'))).toBe(100_000);
    expect(sizeHint('zstd', pipe('zstd', ['-c', '--stream-size=300000'], image))).toBe(300_000);
  });

  it('is unknown where the format does not say', () => {
    expect(sizeHint('xz', xz(image, '-0', '-T1'))).toBeUndefined();
    expect(sizeHint('xz', xz(image).subarray(0, 14))).toBeUndefined();
    expect(sizeHint('zstd', pipe('zstd', ['-c'], image))).toBeUndefined();
    expect(sizeHint('gzip', pipe('gzip', ['-c'], image))).toBeUndefined();
    expect(sizeHint('raw', image)).toBeUndefined();
  });
});
