import { chunkBytes } from '../../lib/bytes.ts';
import { ChunkPool } from '../../lib/chunk-pool.ts';
import type { Chunk } from './chunk-sectors.ts';

/** More than the decoders' open places plus the writes in flight, see `maxWritesInFlight`. */
const chunkCount = 16;
/** Each occupies a thread of the pool that the decoders share. */
const maxWritesInFlight = 4;

/**
 * The pieces of a device that are being filled, and those that are being written. Memory stays at
 * `chunkCount` pieces. A write that fails makes every later call fail. Disposing waits for what is under
 * way.
 */
export class ChunkQueue implements AsyncDisposable {
  readonly #writeOut: (chunk: Chunk) => Promise<void>;
  readonly #pool = new ChunkPool();
  /** Pieces that are being filled, longest untouched first. */
  readonly #open = new Map<number, Chunk>();
  readonly #inFlight = new Map<number, Promise<void>>();
  #failure: unknown;

  constructor(writeOut: (chunk: Chunk) => Promise<void>) {
    this.#writeOut = writeOut;
    this.#pool.add(chunkCount);
  }

  /** Something that belongs to the same device has failed. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Whether nothing of this piece is being filled or written. */
  isIdle(index: number): boolean {
    return !this.#open.has(index) && !this.#inFlight.has(index);
  }

  /** The piece to fill, or what to wait for before asking again. */
  take(index: number): Chunk | Promise<unknown> {
    this.throwFailure();
    const existing = this.#open.get(index);
    if (existing) {
      this.#open.delete(index);
      this.#open.set(index, existing);
      return existing;
    }
    const writing = this.#inFlight.get(index);
    if (writing) return writing;
    if (this.#inFlight.size >= maxWritesInFlight) return Promise.race(this.#inFlight.values());
    const buffer = this.#pool.take();
    if (buffer) {
      const chunk: Chunk = { index, buffer, filled: [] };
      this.#open.set(index, chunk);
      return chunk;
    }
    const [oldest] = this.#open.values();
    if (oldest && this.#inFlight.size === 0) void this.send(oldest);
    return Promise.race(this.#inFlight.values());
  }

  /** Starts writing a piece. Never rejects: a failure is kept for the next call. */
  send(chunk: Chunk): Promise<void> {
    this.#open.delete(chunk.index);
    const writing = this.#writeOut(chunk)
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        if (!chunk.lent) this.#pool.giveBack(chunk.buffer);
        this.#inFlight.delete(chunk.index);
      });
    this.#inFlight.set(chunk.index, writing);
    return writing;
  }

  /** Writes a whole piece from where it is, when there is room for one more. */
  async sendWhole(index: number, bytes: Uint8Array): Promise<void> {
    while (this.#inFlight.size >= maxWritesInFlight) await Promise.race(this.#inFlight.values());
    await this.send({ index, buffer: bytes, lent: true, filled: [{ start: 0, end: chunkBytes }] });
    this.throwFailure();
  }

  /** All of them were written. */
  async drain(): Promise<void> {
    while (this.#open.size > 0 || this.#inFlight.size > 0) {
      for (const chunk of this.#open.values()) {
        if (this.#inFlight.size < maxWritesInFlight && !this.#inFlight.has(chunk.index))
          void this.send(chunk);
      }
      await Promise.race(this.#inFlight.values());
    }
    this.throwFailure();
  }

  /** Lends the memory of a piece for other work. */
  async withBuffer<T>(work: (buffer: Uint8Array) => Promise<T>): Promise<T> {
    const buffer = this.#pool.take();
    if (!buffer) throw new Error('no buffer is free: read while writing');
    try {
      return await work(buffer);
    } finally {
      this.#pool.giveBack(buffer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#inFlight.values());
  }
}
