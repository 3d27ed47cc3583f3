import { constants, createZstdDecompress } from 'node:zlib';
import type { Decoder } from '../decoder.ts';
import { eachChunk } from './abortable.ts';
import { ByteWalker } from './byte-walker.ts';
import { ChunkWriter, chunksInFlight } from './chunk-writer.ts';
import { DecodeFault, needsMemory, toInputError } from './fault.ts';
import { engineBufferBytes, ZlibEngine } from './zlib-engine.ts';
import { ZlibFeed } from './zlib-feed.ts';
import { type ZstdFrameHeader, zstdFile } from './zstd-frames.ts';

/** Windows of every size that the format has; the memory limit is what decides. */
const windowLogMax = 31;

/**
 * Any number of zstd frames, skippable ones among them. Node's decompressor ignores what follows
 * a frame in the same piece of input, so it is given every frame on its own.
 */
export const decodeZstd: Decoder = async (input, sink, options) => {
  const writer = new ChunkWriter(sink, chunksInFlight);
  const feed = new ZlibFeed();
  const walker = new ByteWalker(
    zstdFile({
      frameStart: (header) => checkHeader(header, options.memoryLimitBytes),
      frameBytes: (bytes) => feed.add(bytes),
      frameEnd: () => feed.cut(),
    }),
    (bytes) => feed.add(bytes),
  );
  try {
    await using engine = new ZlibEngine(
      createZstdDecompress({
        chunkSize: engineBufferBytes,
        params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
      }),
      writer,
      options.signal,
    );
    const decodePiece = async (piece: Uint8Array) => void (await engine.write(piece));
    await eachChunk(input, engine.signal, async (bytes) => {
      walker.push(bytes);
      await feed.decode(decodePiece);
    });
    if (!walker.mayEnd || walker.offsetBytes === 0)
      throw new DecodeFault('truncated', 'the data is incomplete');
    await feed.end(decodePiece);
    await engine.end();
    await writer.finish();
    return { sizeBytes: engine.outputBytes };
  } catch (error) {
    throw error instanceof DecodeFault
      ? toInputError(error.at(walker.offsetBytes), 'zstd', options.name)
      : error;
  } finally {
    await writer.settled();
  }
};

function checkHeader(header: ZstdFrameHeader, memoryLimitBytes: number): void {
  if (header.needsDictionary)
    throw new DecodeFault('unsupported', 'a dictionary that is not in the file');
  if (header.windowBytes > memoryLimitBytes)
    throw needsMemory(header.windowBytes, memoryLimitBytes);
}
