/** Each piece costs a round through the thread pool; what comes from the network is small. */
const pieceBytes = 512 * 1024;

/** Decodes one piece; pieces come one after the other. */
export type DecodePiece = (piece: Uint8Array) => Promise<void>;

/** Gathers input into larger pieces, and goes on gathering while the one before is decoded. */
export class ZlibFeed {
  #gathering = new Uint8Array(pieceBytes);
  #filledBytes = 0;
  #pieces: Uint8Array[] = [];
  #decoding: Promise<void> = Promise.resolve();

  /** Copies the bytes. The caller waits for `decode` before it adds more. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + pieceBytes - this.#filledBytes);
      this.#gathering.set(part, this.#filledBytes);
      this.#filledBytes += part.length;
      at += part.length;
      if (this.#filledBytes === pieceBytes) this.cut();
    }
  }

  /** What follows comes in another piece. */
  cut(): void {
    if (this.#filledBytes === 0) return;
    if (this.#filledBytes === pieceBytes) {
      this.#pieces.push(this.#gathering);
      this.#gathering = new Uint8Array(pieceBytes);
    } else {
      // Thousands of short ones may wait: each has memory of its own size.
      this.#pieces.push(this.#gathering.slice(0, this.#filledBytes));
    }
    this.#filledBytes = 0;
  }

  /** Resolves when all but the last of the complete pieces are decoded. */
  async decode(decodePiece: DecodePiece): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = [];
    for (const piece of pieces) {
      await this.#decoding;
      this.#decoding = decodePiece(piece);
      // It is thrown by whoever waits for it next.
      this.#decoding.catch(() => undefined);
    }
  }

  /** Resolves when all that was added is decoded. */
  async end(decodePiece: DecodePiece): Promise<void> {
    this.cut();
    await this.decode(decodePiece);
    await this.#decoding;
  }
}
