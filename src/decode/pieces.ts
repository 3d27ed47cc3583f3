/** To a piece that is full, one chunk of LZMA2 or a unit's end can still be added. */
const longestPieceBytes = 512 * 1024;
/** A shorter piece is copied to memory of its own size: thousands of them may wait. */
const leastKeptBytes = 128 * 1024;

/**
 * Memory for the pieces of compressed bytes that wait for their decoders. It is reused: allocating
 * it for each would cost more than all else that the main thread does.
 */
export class Pieces {
  readonly #free: ArrayBuffer[] = [];

  /** Memory in which a piece can be gathered. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#free.pop() ?? new ArrayBuffer(longestPieceBytes));
  }

  /** Whether a piece of this length keeps its memory, so that the next one needs other memory. */
  keeps(lengthBytes: number): boolean {
    return lengthBytes >= leastKeptBytes;
  }

  /** Takes back what holds a piece that is decoded. */
  giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (buffer.byteLength === longestPieceBytes) this.#free.push(buffer);
  }
}
