import { XzFault } from './fault.ts';
import { type Grammar, longestTakeBytes, type Request, type XzVisitor, xzFile } from './grammar.ts';

const nothing = new Uint8Array(0);

/**
 * Walks through .xz data as it arrives, without decoding it: concatenated streams, blocks with
 * and without sizes in their headers, index, footer and padding. LZMA2 chunk headers say how long
 * each chunk is and how much it decodes to, so the end of every block and its place in the output
 * are known from compressed bytes alone. What can be checked without decoding is checked; the
 * rest of a block is for the decoder.
 */
export class XzWalker {
  readonly #visitor: XzVisitor;
  readonly #steps: Grammar<void>;
  #request: Request;
  /** How much of the current request has been served. */
  #served = 0;
  readonly #held = new Uint8Array(longestTakeBytes);
  #offsetBytes = 0;

  constructor(visitor: XzVisitor) {
    this.#visitor = visitor;
    this.#steps = xzFile(visitor);
    this.#request = this.#steps.next().value as Request;
  }

  /** How far into the file the walk has come; in `blockStart`, where the block's data begins. */
  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  /** Takes the next bytes of the file; throws `XzFault`. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const served =
        this.#request === 'padding'
          ? this.#skipPadding(bytes, at)
          : 'pass' in this.#request
            ? this.#pass(bytes, at, this.#request.pass)
            : this.#take(bytes, at, this.#request.take);
      at += served;
    }
  }

  /** The file ends here; throws `XzFault` unless it may. */
  end(): void {
    if (this.#request !== 'padding')
      throw new XzFault('truncated', 'the data is incomplete', this.#offsetBytes);
    this.#checkPadding();
  }

  #skipPadding(bytes: Uint8Array, at: number): number {
    let end = at;
    while (end < bytes.length && bytes[end] === 0) end += 1;
    this.#serve(end - at);
    if (end < bytes.length) {
      this.#checkPadding();
      this.#resume(nothing);
    }
    return end - at;
  }

  #pass(bytes: Uint8Array, at: number, wanted: number): number {
    const length = Math.min(wanted - this.#served, bytes.length - at);
    this.#visitor.blockBytes(bytes.subarray(at, at + length));
    this.#serve(length);
    if (this.#served === wanted) this.#resume(nothing);
    return length;
  }

  #take(bytes: Uint8Array, at: number, wanted: number): number {
    const length = Math.min(wanted - this.#served, bytes.length - at);
    const whole = length === wanted;
    if (!whole) this.#held.set(bytes.subarray(at, at + length), this.#served);
    this.#serve(length);
    if (whole) this.#resume(bytes.subarray(at, at + length));
    else if (this.#served === wanted) this.#resume(this.#held.subarray(0, wanted));
    return length;
  }

  #serve(length: number): void {
    this.#served += length;
    this.#offsetBytes += length;
  }

  /** Answers the request, and gets the next that needs any bytes. */
  #resume(answer: Uint8Array): void {
    this.#served = 0;
    try {
      do this.#request = this.#steps.next(answer).value as Request;
      while (this.#request !== 'padding' && 'pass' in this.#request && this.#request.pass === 0);
    } catch (error) {
      if (!(error instanceof XzFault) || error.offsetBytes !== undefined) throw error;
      throw new XzFault(error.kind, error.message, this.#offsetBytes);
    }
  }

  #checkPadding(): void {
    if (this.#served % 4 === 0) return;
    const why = 'the padding after a stream is not a multiple of four bytes';
    throw new XzFault('damaged', why, this.#offsetBytes);
  }
}
