import { Condition } from '../../lib/promises.ts';

/**
 * Consecutive blocks of one stream, made into a stream of their own, for one native decoder.
 * Usually a single large block, or hundreds of tiny ones.
 */
export class Unit {
  /** Where its output begins in the image. */
  readonly outputOffsetBytes: number;
  /** Where its first block begins in the compressed file. */
  readonly inputOffsetBytes: number;
  /** Memory that its dictionary takes. */
  readonly dictionaryBytes: number;
  /** Size of the pieces that were added, and of what they decode to. */
  inputBytes = 0;
  outputBytes = 0;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  readonly #changed = new Condition();
  #complete = false;

  constructor(outputOffsetBytes: number, inputOffsetBytes: number, dictionaryBytes: number) {
    this.outputOffsetBytes = outputOffsetBytes;
    this.inputOffsetBytes = inputOffsetBytes;
    this.dictionaryBytes = dictionaryBytes;
  }

  add(piece: Uint8Array<ArrayBuffer>, outputBytes: number): void {
    this.inputBytes += piece.length;
    this.outputBytes += outputBytes;
    this.#pieces.push(piece);
    this.#changed.notify();
  }

  /** No more pieces follow. */
  complete(): void {
    this.#complete = true;
    this.#changed.notify();
  }

  /** The next piece, once it is there; undefined after the last. */
  async take(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (!this.#complete && this.#pieces.length === 0) await this.#changed.wait();
    return this.#pieces.shift();
  }
}
