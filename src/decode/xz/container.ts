import { ByteWalker } from '../byte-walker.ts';
import { xzFile } from './grammar.ts';
import type { XzVisitor } from './xz-visitor.ts';

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
