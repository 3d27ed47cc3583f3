import { eachChunk } from '../lib/promises.ts';
import { ChunkWriter, chunksInFlight } from './chunk-writer.ts';
import type { Decoder } from './decoder.ts';
import { DecodeFault, toInputError } from './fault.ts';
import { SerialDecoder } from './serial-decoder.ts';

/** Any number of gzip members (RFC 1952); zero bytes may follow the last, as for gzip itself. */
export const decodeGzip: Decoder = async (input, sink, options) => {
  const writer = new ChunkWriter(sink, chunksInFlight);
  let inputBytes = 0;
  let afterMember = false;
  let afterZero = false;
  try {
    await using decoder = new SerialDecoder(
      'gzip',
      writer,
      options.signal,
      async (piece, decode) => {
        for (let used = 0; used < piece.length; ) {
          afterZero ||= afterMember && piece[used] === 0;
          if (afterZero) {
            const other = piece.subarray(used).findIndex((byte) => byte !== 0);
            if (other >= 0) throw otherData(inputBytes + used + other);
            break;
          }
          const { usedBytes, ended } = await decode(piece.subarray(used));
          used += usedBytes;
          afterMember = ended;
        }
        inputBytes += piece.length;
      },
    );
    await eachChunk(input, decoder.signal, async (bytes) => {
      decoder.add(bytes);
      await decoder.room();
    });
    await decoder.end();
    if (!afterMember) throw new DecodeFault('truncated', 'the data is incomplete');
    return { sizeBytes: decoder.outputBytes };
  } catch (error) {
    throw error instanceof DecodeFault
      ? toInputError(error.at(inputBytes), 'gzip', options.name)
      : error;
  } finally {
    await writer.settled();
  }
};

function otherData(offsetBytes: number): DecodeFault {
  return new DecodeFault('damaged', 'other data follows the compressed image', offsetBytes);
}
