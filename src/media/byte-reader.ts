import { DecodeFault } from '../decode/fault.ts';

const nothing: Uint8Array = new Uint8Array(0);

/** Reads data that arrives in pieces of any size. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #current = nothing;
  #offsetBytes = 0;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** How far into the data the reading has come. */
  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  /** What is there, valid until the next call; empty at the end of the data. See `used`. */
  async some(): Promise<Uint8Array> {
    while (this.#current.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return nothing;
      this.#current = value;
    }
    return this.#current;
  }

  /** That many bytes of `some` are not needed any more. */
  used(lengthBytes: number): void {
    this.#current = this.#current.subarray(lengthBytes);
    this.#offsetBytes += lengthBytes;
  }

  /** The next bytes without using them; fewer only at the end of the data. */
  async peek(lengthBytes: number): Promise<Uint8Array> {
    while (this.#current.length < lengthBytes) {
      // The piece is in memory that the next one may be written to.
      const held = this.#current.slice();
      const { done, value } = await this.#pieces.next();
      this.#current = done ? held : Buffer.concat([held, value]);
      if (done) break;
    }
    return this.#current.subarray(0, lengthBytes);
  }

  /** Exactly that many bytes, a copy. Throws `DecodeFault` where the data ends before. */
  async take(lengthBytes: number): Promise<Buffer> {
    const taken = Buffer.alloc(lengthBytes);
    let at = 0;
    await this.pass(lengthBytes, (bytes) => {
      taken.set(bytes, at);
      at += bytes.length;
    });
    return taken;
  }

  /** Passes that many bytes on, in pieces that are valid during the call. Throws like `take`. */
  async pass(lengthBytes: number, to: (bytes: Uint8Array) => void): Promise<void> {
    for (let left = lengthBytes; left > 0; ) {
      const piece = (await this.some()).subarray(0, left);
      if (piece.length === 0)
        throw new DecodeFault('truncated', 'the data is incomplete', this.#offsetBytes);
      to(piece);
      this.used(piece.length);
      left -= piece.length;
    }
  }

  /** Skips zeros; whether something else follows. */
  async skipZeros(): Promise<boolean> {
    for (;;) {
      const piece = await this.some();
      if (piece.length === 0) return false;
      const at = piece.findIndex((byte) => byte !== 0);
      this.used(at < 0 ? piece.length : at);
      if (at >= 0) return true;
    }
  }
}
