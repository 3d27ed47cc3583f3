import { Pieces } from './pieces.ts';

/** Decodes one piece; pieces come one after the other. */
export type DecodePiece = (piece: Uint8Array) => Promise<void>;

/**
 * Gathers input into larger pieces (each costs a round through the thread pool), and continues
 * gathering while the previous one is decoded.
 */
export class Feed {
  readonly #decodePiece: DecodePiece;
  readonly #memory = new Pieces();
  #gathering = this.#memory.take();
  #filledBytes = 0;
  #full: Uint8Array<ArrayBuffer>[] = [];
  #decoding: Promise<void> = Promise.resolve();

  constructor(decodePiece: DecodePiece) {
    this.#decodePiece = decodePiece;
  }

  /** Copies the bytes. The caller waits for `room` before it adds more. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#gathering.length - this.#filledBytes);
      this.#gathering.set(part, this.#filledBytes);
      this.#filledBytes += part.length;
      at += part.length;
      if (this.#filledBytes === this.#gathering.length) this.#cut();
    }
  }

  /** Resolves when all but the last of the full pieces are decoded; throws what decoding threw. */
  async room(): Promise<void> {
    const pieces = this.#full;
    this.#full = [];
    for (const piece of pieces) {
      await this.#decoding;
      this.#decoding = this.#decodePiece(piece).then(() => this.#memory.giveBack(piece));
      // Thrown to the next caller that waits for it.
      this.#decoding.catch(() => undefined);
    }
  }

  /** Resolves when all that was added is decoded; throws what decoding threw. */
  async end(): Promise<void> {
    if (this.#filledBytes > 0) this.#cut();
    await this.room();
    await this.#decoding;
  }

  /** Resolves when nothing is being decoded, whether or not that has failed. */
  async settled(): Promise<void> {
    await this.#decoding.catch(() => undefined);
  }

  #cut(): void {
    this.#full.push(this.#gathering.subarray(0, this.#filledBytes));
    this.#gathering = this.#memory.take();
    this.#filledBytes = 0;
  }
}
