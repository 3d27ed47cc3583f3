import { expect, test } from 'vitest';
import type { Decoder } from '../../../src/decode/decoder.ts';
import { decoderFor } from '../../../src/decode/decoders.ts';
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
