import { eachChunk } from '../lib/promises.ts';
import { ByteWalker } from './byte-walker.ts';
import { ChunkWriter, chunksInFlight } from './chunk-writer.ts';
import type { Decoder } from './decoder.ts';
import { DecodeFault, needsMemory, toInputError } from './fault.ts';
import { type DecodeSome, SerialDecoder } from './serial-decoder.ts';
import { type ZstdFrameHeader, zstdFile } from './zstd-frames.ts';

/** Any number of zstd frames (RFC 8878); skippable ones are skipped. */
export const decodeZstd: Decoder = async (input, sink, options) => {
  const writer = new ChunkWriter(sink, chunksInFlight);
  try {
    await using decoder = new SerialDecoder('zstd', writer, options.signal, decodeFrames);
    const walker = new ByteWalker(
      zstdFile({
        frameStart: (header) => checkHeader(header, options.memoryLimitBytes),
        frameBytes: (bytes) => decoder.add(bytes),
      }),
      (bytes) => decoder.add(bytes),
    );
    await eachChunk(input, decoder.signal, async (bytes) => {
      walker.push(bytes);
      await decoder.room();
    });
    if (walker.offsetBytes === 0) throw new DecodeFault('truncated', 'the data is incomplete', 0);
    walker.end();
    await decoder.end();
    return { sizeBytes: decoder.outputBytes };
  } catch (error) {
    throw error instanceof DecodeFault ? toInputError(error, 'zstd', options.name) : error;
  } finally {
    await writer.settled();
  }
};

async function decodeFrames(piece: Uint8Array, decode: DecodeSome): Promise<void> {
  for (let used = 0; used < piece.length; ) used += (await decode(piece.subarray(used))).usedBytes;
}

function checkHeader(header: ZstdFrameHeader, memoryLimitBytes: number): void {
  if (header.needsDictionary)
    throw new DecodeFault('unsupported', 'a dictionary that is not in the file');
  if (header.windowBytes > memoryLimitBytes)
    throw needsMemory(header.windowBytes, memoryLimitBytes);
}
