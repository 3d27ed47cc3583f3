import { chunkBytes, type DecodedSink } from '../decoder.ts';
import { Bell } from './bell.ts';

interface Chunk {
  readonly bytes: Uint8Array;
  filledBytes: number;
}

/**
 * Gathers decoded bytes, from any number of places in the image at once, into whole aligned
 * chunks, and hands these to the sink. A chunk that two neighbours share goes out when the second
 * has filled its part. Buffers are used again, so a long image costs no garbage.
 */
export class ChunkWriter {
  readonly #sink: DecodedSink;
  readonly #mostInFlight: number;
  readonly #partial = new Map<number, Chunk>();
  readonly #free: Uint8Array[] = [];
  readonly #bell = new Bell();
  #inFlight = 0;
  #failure: { readonly reason: unknown } | undefined;

  constructor(sink: DecodedSink, mostInFlight: number) {
    this.#sink = sink;
    this.#mostInFlight = mostInFlight;
  }

  /** Copies the bytes. The caller waits for `ready` before it decodes more. */
  put(offsetBytes: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const position = offsetBytes + at;
      const within = position % chunkBytes;
      const start = position - within;
      const length = Math.min(chunkBytes - within, bytes.length - at);
      const chunk = this.#chunkAt(start);
      chunk.bytes.set(bytes.subarray(at, at + length), within);
      chunk.filledBytes += length;
      at += length;
      if (chunk.filledBytes === chunkBytes) this.#dispatch(start, chunk, chunkBytes);
    }
  }

  /** Resolves when the sink has caught up; throws what the sink threw. */
  async ready(): Promise<void> {
    await this.#inFlightAtMost(this.#mostInFlight);
  }

  /** Hands over the last, shorter chunk and waits for everything. */
  async finish(): Promise<void> {
    for (const [start, chunk] of this.#partial) this.#dispatch(start, chunk, chunk.filledBytes);
    await this.#inFlightAtMost(0);
  }

  /** Resolves when the sink holds no buffer any more, whether or not it failed. */
  async settled(): Promise<void> {
    while (this.#inFlight > 0) await this.#bell.heard();
  }

  #chunkAt(start: number): Chunk {
    let chunk = this.#partial.get(start);
    if (!chunk) {
      chunk = {
        bytes: this.#free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(chunkBytes).buffer),
        filledBytes: 0,
      };
      this.#partial.set(start, chunk);
    }
    return chunk;
  }

  #dispatch(start: number, chunk: Chunk, lengthBytes: number): void {
    this.#partial.delete(start);
    if (this.#failure) return;
    this.#inFlight += 1;
    this.#sink(start, chunk.bytes.subarray(0, lengthBytes))
      .then(
        () => this.#free.push(chunk.bytes),
        (reason: unknown) => {
          this.#failure ??= { reason };
        },
      )
      .finally(() => {
        this.#inFlight -= 1;
        this.#bell.ring();
      });
  }

  async #inFlightAtMost(count: number): Promise<void> {
    while (this.#inFlight > count && !this.#failure) await this.#bell.heard();
    if (this.#failure) throw this.#failure.reason;
  }
}
