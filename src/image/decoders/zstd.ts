import { constants, createZstdDecompress } from 'node:zlib';
import type { Decoder } from '../decoder.ts';
import { eachChunk } from './abortable.ts';
import { ByteWalker } from './byte-walker.ts';
import { ChunkWriter, chunksInFlight } from './chunk-writer.ts';
import { DecodeFault, needsMemory, toInputError } from './fault.ts';
import { engineBufferBytes, ZlibEngine } from './zlib-engine.ts';
import { type ZstdFrameHeader, zstdFile } from './zstd-frames.ts';

/** Windows of every size that the format has; the memory limit is what decides. */
const windowLogMax = 31;

/**
 * Any number of zstd frames, skippable ones among them. Node's decompressor ignores what follows
 * a frame in the same piece of input, so it is given every frame on its own.
 */
export const decodeZstd: Decoder = async (input, sink, options) => {
  const writer = new ChunkWriter(sink, chunksInFlight);
  const frames = new FrameCollector(options.memoryLimitBytes);
  const walker = new ByteWalker(zstdFile(frames), (bytes) => frames.frameBytes(bytes));
  try {
    await using engine = new ZlibEngine(
      createZstdDecompress({
        chunkSize: engineBufferBytes,
        params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
      }),
      writer,
      options.signal,
    );
    await eachChunk(input, engine.signal, async (bytes) => {
      walker.push(bytes);
      for (const piece of frames.take()) await engine.write(piece);
    });
    if (!walker.mayEnd || walker.offsetBytes === 0)
      throw new DecodeFault('truncated', 'the data is incomplete');
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

/** Copies frames out of the input, each into pieces of its own. */
class FrameCollector {
  readonly #memoryLimitBytes: number;
  #parts: Uint8Array[] = [];
  #pieces: Uint8Array[] = [];

  constructor(memoryLimitBytes: number) {
    this.#memoryLimitBytes = memoryLimitBytes;
  }

  frameStart(header: ZstdFrameHeader): void {
    if (header.needsDictionary)
      throw new DecodeFault('unsupported', 'a dictionary that is not in the file');
    if (header.windowBytes > this.#memoryLimitBytes)
      throw needsMemory(header.windowBytes, this.#memoryLimitBytes);
  }

  /** The walker's views last until its next step only, so they are copied. */
  frameBytes(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
  }

  frameEnd(): void {
    if (this.#parts.length > 0) this.#pieces.push(Buffer.concat(this.#parts));
    this.#parts = [];
  }

  /** What has arrived since the last call. */
  take(): Uint8Array[] {
    this.frameEnd();
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
