import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { DecodeOptions, Decoder } from '../../../src/decode/decoder.ts';
import { decoderFor } from '../../../src/decode/decoders.ts';
import { workingDecoders } from '../../support/native-decoders.ts';
import { defaults, inChunks, mixture, pipe, xz } from './xz/helpers.ts';

const image = mixture(3_500_000);
const files: [string, Decoder, Uint8Array][] = [
  ['xz', decoderFor('xz'), xz(image, '-1')],
  ['xz of several blocks', decoderFor('xz'), xz(image, '-1', '-T2', '--block-size=1200KiB')],
  ['gzip', decoderFor('gzip'), pipe('gzip', ['-1', '-c'], image)],
  ['zstd', decoderFor('zstd'), pipe('zstd', ['-1', '-c'], image)],
  ['raw', decoderFor('raw'), image],
];

test.each(files)(
  '%s: a decoder that is ended waits for the sink, whose buffers would be used again',
  async (_, decoder, file) => {
    const begun = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const ended = new AbortController();
    const reason = new Error('the user has ended it');
    let settled = false;
    const sink = async () => {
      begun.resolve();
      await held.promise;
    };
    const options = { ...defaults(), signal: ended.signal };
    const outcome = decoder(inChunks(file, 64 * 1024), sink, options).then(
      () => undefined,
      (error: unknown) => {
        settled = true;
        return error;
      },
    );
    await begun.promise;
    ended.abort(reason);
    for (let turn = 0; turn < 300; turn++) await new Promise(setImmediate);
    expect(settled).toBe(false);
    held.resolve();
    expect(await outcome).toBe(reason);
  },
);

describe('while the sink is busy, no more is in memory than fits', () => {
  const mib = 1024 * 1024;
  const noise = randomBytes(20 * mib);
  const streams = Buffer.concat(Array(20).fill(xz(noise.subarray(0, mib), '-0')));
  const long: [string, Decoder, Uint8Array, Partial<DecodeOptions>][] = [
    ['raw', decoderFor('raw'), noise, {}],
    ['gzip', decoderFor('gzip'), gzipSync(noise, { level: 0 }), {}],
    ['zstd', decoderFor('zstd'), pipe('zstd', ['-1', '-c'], noise), {}],
    // One lane has room, and little more than it.
    ['xz', decoderFor('xz'), streams, { jobs: 3, memoryLimitBytes: 10 * mib }],
  ];

  test.each(long)('%s', async (_, decoder, file, more) => {
    let takenBytes = 0;
    let given = 0;
    async function* counted() {
      for await (const bytes of inChunks(file, 64 * 1024)) {
        takenBytes += bytes.length;
        yield bytes;
      }
    }
    const held = Promise.withResolvers<void>();
    const ended = new AbortController();
    const sink = () => {
      given += 1;
      return held.promise;
    };
    const decoding = decoder(counted(), sink, { ...defaults(), ...more, signal: ended.signal });
    // Until nothing happens any more.
    for (let idleTurns = 0, before = -1; idleTurns < 100; idleTurns++) {
      await new Promise(setImmediate);
      if (workingDecoders() > 0 || before !== takenBytes + given) idleTurns = 0;
      before = takenBytes + given;
    }
    // What is being written, and what one round of a decoder makes.
    expect(given).toBeLessThan(12);
    expect(takenBytes).toBeLessThan(14 * mib);
    ended.abort(new Error('enough'));
    held.resolve();
    await expect(decoding).rejects.toThrow('enough');
  });
});

test.each(files)('%s: what the sink says of the last chunk is told', async (_, decoder, file) => {
  const full = new Error('no room');
  const sink = async (offsetBytes: number) => {
    await new Promise(setImmediate);
    if (offsetBytes + 1024 * 1024 > image.length) throw full;
  };
  await expect(decoder(inChunks(file, 64 * 1024), sink, defaults())).rejects.toBe(full);
});
