import { ByteWalker, type Grammar } from '../byte-walker.ts';
import { DecodeFault } from '../fault.ts';
import { indexAfter } from './index-grammar.ts';
import { type BlockRecord, RecordList } from './index-records.ts';
import { lzma2Chunks } from './lzma2.ts';
import {
  footerBytes,
  parseBlockHeader,
  parseFooter,
  parseStreamHeader,
  type StreamHeader,
  streamHeaderBytes,
} from './xz-headers.ts';
import type { XzVisitor } from './xz-visitor.ts';

/** Padding after a stream is a multiple of this (section 2.2). */
const paddingBytes = 4;

/** Streams one after the other (.xz file format 1.2.0, section 2). */
export function* xzFile(visitor: XzVisitor): Grammar<never> {
  let word = yield { take: paddingBytes };
  for (;;) {
    const header = new Uint8Array(streamHeaderBytes);
    header.set(word);
    header.set(yield { take: streamHeaderBytes - paddingBytes }, paddingBytes);
    yield* stream(parseStreamHeader(header), visitor);
    do word = yield { take: paddingBytes, mayEnd: true };
    while (word.every((byte) => byte === 0));
  }
}

/** Section 2.1. */
function* stream(header: StreamHeader, visitor: XzVisitor): Grammar<void> {
  visitor.streamStart(header);
  const blocks = new RecordList();
  for (;;) {
    const size = (yield { take: 1 })[0] as number;
    if (size === 0) break;
    const record = yield* block(size, header.checkSizeBytes, visitor);
    blocks.add(record);
    visitor.blockEnd(record);
  }
  visitor.streamEnd();
  const indexBytes = yield* indexAfter(blocks);
  const footer = parseFooter(yield { take: footerBytes });
  if (footer.checkId !== header.checkId || footer.indexBytes !== indexBytes)
    throw new DecodeFault('damaged', 'the stream footer contradicts its header or index');
}

/** Section 3; `size` is the first byte of its header. */
function* block(size: number, checkBytes: number, visitor: XzVisitor): Grammar<BlockRecord> {
  const bytes = new Uint8Array((size + 1) * 4);
  bytes[0] = size;
  bytes.set(yield { take: bytes.length - 1 }, 1);
  const header = parseBlockHeader(bytes);
  visitor.blockStart(header);
  visitor.blockBytes(bytes);
  const { compressedBytes, uncompressedBytes } = yield* lzma2Chunks(header, visitor);
  yield { pass: (-compressedBytes & 3) + checkBytes };
  return {
    unpaddedSizeBytes: bytes.length + compressedBytes + checkBytes,
    uncompressedSizeBytes: uncompressedBytes,
  };
}

/**
 * Walks through .xz data as it arrives, without decoding it: concatenated streams, blocks with
 * and without sizes in their headers, index, footer and padding. LZMA2 chunk headers say how long
 * each chunk is and how much it decodes to, so the end of every block and its place in the output
 * are known from compressed bytes alone. What can be checked without decoding is checked; the
 * rest of a block is for the decoder.
 */
export class XzWalker extends ByteWalker {
  /** In `blockStart`, `offsetBytes` is where the block's data begins. */
  constructor(visitor: XzVisitor) {
    super(xzFile(visitor), (bytes) => visitor.blockBytes(bytes));
  }
}
