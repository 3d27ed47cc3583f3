import { eachChunk } from '../lib/promises.ts';
import { ChunkWriter, chunksInFlight } from './chunk-writer.ts';
import type { Decoder } from './decoder.ts';

/** An uncompressed image: only cut into chunks. */
export const decodeRaw: Decoder = async (input, sink, options) => {
  const writer = new ChunkWriter(sink, chunksInFlight);
  let sizeBytes = 0;
  try {
    await eachChunk(input, options.signal, async (bytes) => {
      writer.put(sizeBytes, bytes);
      sizeBytes += bytes.length;
      await writer.ready();
    });
    await writer.finish();
  } finally {
    await writer.settled();
  }
  return { sizeBytes };
};
