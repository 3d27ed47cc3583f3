import { eachChunk } from '../../lib/promises.ts';
import { ChunkWriter } from '../chunk-writer.ts';
import type { Decoder } from '../decoder.ts';
import { DecodeFault, toInputError } from '../fault.ts';
import { Pieces } from '../pieces.ts';
import { XzWalker } from './grammar.ts';
import { Lanes } from './lanes.ts';
import { UnitBuilder } from './unit-builder.ts';

/** Input is walked in steps of this size, so that a huge chunk cannot exceed the memory limit. */
const stepBytes = 256 * 1024;

/**
 * Decodes .xz, several blocks in parallel, from one stream of bytes in order. It accepts what
 * `xz -t` accepts and refuses what that refuses, trailing garbage and truncation included.
 */
export const decodeXz: Decoder = async (input, sink, options) => {
  const writer = new ChunkWriter(sink, options.jobs + 1);
  const pieces = new Pieces();
  const lanes = new Lanes(writer, pieces, options);
  const builder = new UnitBuilder(
    (unit) => lanes.enqueue(unit),
    (bytes) => lanes.received(bytes),
    () => walker.offsetBytes,
    pieces,
  );
  const walker = new XzWalker(builder);
  try {
    await eachChunk(input, lanes.signal, async (bytes) => {
      for (let at = 0; at < bytes.length; at += stepBytes) {
        walker.push(bytes.subarray(at, at + stepBytes));
        await lanes.room();
      }
    });
    walker.end();
    await lanes.idle();
    await writer.finish();
  } catch (error) {
    await lanes.abandon(error);
    await writer.settled();
    throw error instanceof DecodeFault ? toInputError(error, 'xz', options.name) : error;
  }
  return { sizeBytes: builder.outputBytes };
};
