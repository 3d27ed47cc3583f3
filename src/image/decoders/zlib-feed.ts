import type { ZlibEngine } from './zlib-engine.ts';

/** Each piece costs the engine a round through the thread pool; the network's are small. */
const pieceBytes = 512 * 1024;

/**
 * Gathers input into larger pieces for an engine, and goes on gathering while the engine decodes the
 * one before.
 */
export class ZlibFeed {
  readonly #engine: ZlibEngine;
  readonly #decoded: (piece: Uint8Array, usedBytes: number) => void;
  #piece = new Uint8Array(pieceBytes);
  #filledBytes = 0;
  #full: Uint8Array[] = [];
  #decoding: Promise<void> = Promise.resolve();

  /** `decoded` is told of each piece how much of it the engine wanted; what it throws ends the work. */
  constructor(engine: ZlibEngine, decoded: (piece: Uint8Array, usedBytes: number) => void) {
    this.#engine = engine;
    this.#decoded = decoded;
  }

  /** Copies the bytes. The caller waits for `ready` before it adds more. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + pieceBytes - this.#filledBytes);
      this.#piece.set(part, this.#filledBytes);
      this.#filledBytes += part.length;
      at += part.length;
      if (this.#filledBytes === pieceBytes) this.cut();
    }
  }

  /** What follows goes to the engine in another piece. */
  cut(): void {
    if (this.#filledBytes === 0) return;
    this.#full.push(this.#piece.subarray(0, this.#filledBytes));
    this.#piece = new Uint8Array(pieceBytes);
    this.#filledBytes = 0;
  }

  /** Resolves when all but the last of the complete pieces are decoded. */
  async ready(): Promise<void> {
    const pieces = this.#full;
    this.#full = [];
    for (const piece of pieces) {
      await this.#decoding;
      this.#decoding = this.#decode(piece);
      // It is thrown by whoever waits for it next.
      this.#decoding.catch(() => undefined);
    }
  }

  /** Resolves when all that was added is decoded. */
  async end(): Promise<void> {
    this.cut();
    await this.ready();
    await this.#decoding;
  }

  async #decode(piece: Uint8Array): Promise<void> {
    this.#decoded(piece, await this.#engine.write(piece));
  }
}
