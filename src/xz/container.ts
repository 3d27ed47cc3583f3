import { ByteWalker } from '../image/decoders/byte-walker.ts';
import { type XzVisitor, xzFile } from './grammar.ts';

/**
 * Walks through .xz data as it arrives, without decoding it: concatenated streams, blocks with
 * and without sizes in their headers, index, footer and padding. LZMA2 chunk headers say how long
 * each chunk is and how much it decodes to, so the end of every block and its place in the output
 * are known from compressed bytes alone. What can be checked without decoding is checked; the
 * rest of a block is for the decoder.
 */
export class XzWalker {
  readonly #walker: ByteWalker;

  constructor(visitor: XzVisitor) {
    this.#walker = new ByteWalker(xzFile(visitor), (bytes) => visitor.blockBytes(bytes));
  }

  /** How far into the file the walk has come; in `blockStart`, where the block's data begins. */
  get offsetBytes(): number {
    return this.#walker.offsetBytes;
  }

  /** Takes the next bytes of the file; throws `DecodeFault`. */
  push(bytes: Uint8Array): void {
    this.#walker.push(bytes);
  }

  /** The file ends here; throws `DecodeFault` unless it may. */
  end(): void {
    this.#walker.end();
  }
}
