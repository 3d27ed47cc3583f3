import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeXz } from '../../../../src/decode/xz/xz-decoder.ts';
import { decode, expectSame, mixture, xzVerdict } from './helpers.ts';

const kib = 1024;
const flags = Buffer.of(0, 1);
const bytes = (...parts: Uint8Array[]) => Buffer.concat(parts);
const padded = (part: Uint8Array) => bytes(part, Buffer.alloc(-part.length & 3));

function uint32(value: number): Buffer {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(value);
  return four;
}

function vli(value: number): Buffer {
  return value < 128
    ? Buffer.of(value)
    : bytes(Buffer.of((value & 127) | 128), vli(Math.floor(value / 128)));
}

const withCrc = (part: Uint8Array) => bytes(part, uint32(crc32(part)));

/** LZMA2 that stores its bytes as they are, in chunks of 64 KiB. */
function stored(content: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += 64 * kib) {
    const part = content.subarray(at, at + 64 * kib);
    const size = Buffer.alloc(2);
    size.writeUInt16BE(part.length - 1);
    parts.push(Buffer.of(at === 0 ? 1 : 2), size, part);
  }
  return bytes(...parts, Buffer.of(0));
}

/** A stream with a block for each, as xz never makes it when one is empty: section 2 of the format. */
function stream(...contents: Uint8Array[]): Buffer {
  const header = withCrc(Buffer.of(2, 0, 0x21, 1, 8, 0, 0, 0));
  const blocks = contents.map((content) => {
    const data = bytes(header, stored(content));
    return {
      whole: bytes(padded(data), uint32(crc32(content))),
      unpadded: data.length + 4,
      content,
    };
  });
  const records = blocks.map(({ unpadded, content }) => bytes(vli(unpadded), vli(content.length)));
  const index = withCrc(padded(bytes(Buffer.of(0), vli(blocks.length), ...records)));
  const backward = bytes(uint32(index.length / 4 - 1), flags);
  return bytes(
    Buffer.from('\xfd7zXZ\0', 'latin1'),
    withCrc(flags),
    ...blocks.map(({ whole }) => whole),
    index,
    uint32(crc32(backward)),
    backward,
    Buffer.from('YZ'),
  );
}

describe('decodeXz decodes blocks with nothing in them', () => {
  const nothing = Buffer.alloc(0);
  const much = mixture(400 * kib);

  it.each<[string, Uint8Array[][]]>([
    ['alone', [[nothing]]],
    ['several', [[nothing, nothing, nothing]]],
    ['before others', [[nothing, much]]],
    ['after others, in a piece of its own', [[much, nothing]]],
    ['between others', [[much, nothing, nothing, much]]],
    ['in a stream of its own between others', [[much], [nothing], [much, nothing]]],
  ])('%s', async (_, streams) => {
    const file = bytes(...streams.map((contents) => stream(...contents)));
    const expected = bytes(...streams.flat());
    expectSame(xzVerdict(file) ?? Buffer.from('refused by xz'), expected);
    expectSame(await decode(decodeXz, file), expected);
  });

  it('and refuses one that is damaged', async () => {
    const file = stream(much, nothing);
    const check = file.length - 12 - 20;
    file[check] = (file[check] ?? 0) ^ 1;
    expect(xzVerdict(file)).toBeUndefined();
    await expect(decode(decodeXz, file)).rejects.toThrow('image.xz');
  });
});
