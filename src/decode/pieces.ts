/** One chunk of LZMA2, or a unit's end, can still come on top of a piece that is full. */
const longestPieceBytes = 512 * 1024;
/** A shorter piece gets memory of its own size: thousands of them may wait. */
const leastKeptBytes = 128 * 1024;

/**
 * Memory for the pieces of compressed bytes that wait for their decoders. It is used again: fresh
 * memory for each would cost more than what else the main thread does.
 */
export class Pieces {
  readonly #free: ArrayBuffer[] = [];

  /** Memory in which a piece can be gathered. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#free.pop() ?? new ArrayBuffer(longestPieceBytes));
  }

  /** Whether what was gathered stays where it is, and the next piece needs other memory. */
  keeps(lengthBytes: number): boolean {
    return lengthBytes >= leastKeptBytes;
  }

  /** Takes back what holds a piece that is decoded. */
  giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (buffer.byteLength === longestPieceBytes) this.#free.push(buffer);
  }
}
