import { createGunzip } from 'node:zlib';
import type { Decoder } from '../decoder.ts';
import { eachChunk } from './abortable.ts';
import { ChunkWriter, chunksInFlight } from './chunk-writer.ts';
import { DecodeFault, toInputError } from './fault.ts';
import { engineBufferBytes, ZlibEngine } from './zlib-engine.ts';
import { ZlibFeed } from './zlib-feed.ts';

/** Any number of gzip members (RFC 1952); zero bytes may follow the last, as for gzip itself. */
export const decodeGzip: Decoder = async (input, sink, options) => {
  const writer = new ChunkWriter(sink, chunksInFlight);
  let decodedBytes = 0;
  let ended = false;
  try {
    await using engine = new ZlibEngine(
      createGunzip({ chunkSize: engineBufferBytes }),
      writer,
      options.signal,
    );
    const feed = new ZlibFeed();
    const decodePiece = async (piece: Uint8Array) => {
      const usedBytes = ended ? 0 : await engine.write(piece);
      const firstOther = piece.subarray(usedBytes).findIndex((byte) => byte !== 0);
      if (firstOther >= 0) {
        const at = decodedBytes + usedBytes + firstOther;
        throw new DecodeFault('damaged', 'other data follows the compressed image', at);
      }
      ended ||= usedBytes < piece.length;
      decodedBytes += piece.length;
    };
    await eachChunk(input, engine.signal, async (bytes) => {
      feed.add(bytes);
      await feed.decode(decodePiece);
    });
    await feed.end(decodePiece);
    if (decodedBytes === 0) throw new DecodeFault('truncated', 'the data is incomplete');
    await engine.end();
    await writer.finish();
    return { sizeBytes: engine.outputBytes };
  } catch (error) {
    throw error instanceof DecodeFault
      ? toInputError(error.at(decodedBytes), 'gzip', options.name)
      : error;
  } finally {
    await writer.settled();
  }
};
