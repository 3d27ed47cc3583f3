import { alignedBuffers } from '../lib/aligned-memory.ts';
import { chunkBytes } from '../lib/bytes.ts';
import { ChunkPool } from '../lib/chunk-pool.ts';
import { abortable, Condition } from '../lib/promises.ts';
import type { DecodedSink } from './decoder.ts';

/** How many chunks memory is reserved for at once. */
const chunksAtOnce = 16;

/**
 * How many chunks a decoder fills in one round on its thread. After each round it waits for the
 * main thread, which serves other decoders too.
 */
const placesAtOnce = 4;

/** For a decoder that has one thing to do at a time: enough to keep the device busy meanwhile. */
export const chunksInFlight = 6;

/** Handed out for whole chunks of zeros, to several at a time: nobody writes to it. */
let zeroChunk: Uint8Array | undefined;

const nothing = new Uint8Array(0);

interface Chunk {
  readonly bytes: Uint8Array;
  filledBytes: number;
}

/**
 * Gathers decoded bytes, from any number of places in the image at once, into whole aligned
 * chunks of page-aligned memory, and hands these to the sink. A chunk that two neighbours share is
 * handed over when the second has filled its part.
 */
export class ChunkWriter {
  readonly #sink: DecodedSink;
  readonly #mostInFlight: number;
  readonly #partial = new Map<number, Chunk>();
  readonly #pool = new ChunkPool();
  readonly #changed = new Condition();
  #inFlight = 0;
  #failure: { readonly reason: unknown } | undefined;

  constructor(sink: DecodedSink, mostInFlight: number) {
    this.#sink = sink;
    this.#mostInFlight = mostInFlight;
  }

  /**
   * Memory for up to `mostBytes` of the image from `offsetBytes` on, in at most `placesAtOnce`
   * pieces. The caller fills it from the start, and then calls `filled`. For 0 bytes it is one
   * empty piece: an empty block has to be decoded like any other. Wait for `ready` first.
   */
  places(offsetBytes: number, mostBytes = Number.POSITIVE_INFINITY): Uint8Array[] {
    const end = offsetBytes + mostBytes;
    const places: Uint8Array[] = [];
    for (let at = offsetBytes; places.length < placesAtOnce && at < end; ) {
      const within = at % chunkBytes;
      const { bytes } = this.#chunkAt(at - within);
      places.push(bytes.subarray(within, within + end - at));
      at += chunkBytes - within;
    }
    return places.length > 0 ? places : [nothing];
  }

  /**
   * The caller has put `lengthBytes` bytes into the memory that `places` gave for `offsetBytes`.
   */
  filled(offsetBytes: number, lengthBytes: number): void {
    for (let at = offsetBytes; at < offsetBytes + lengthBytes; ) {
      const start = at - (at % chunkBytes);
      const end = Math.min(start + chunkBytes, offsetBytes + lengthBytes);
      const chunk = this.#chunkAt(start);
      chunk.filledBytes += end - at;
      if (chunk.filledBytes === chunkBytes) this.#dispatch(start, chunk, chunkBytes);
      at = end;
    }
  }

  /** Copies the bytes. The caller waits for `ready` before it decodes more. */
  put(offsetBytes: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const [place] = this.places(offsetBytes + at, bytes.length - at) as [Uint8Array];
      const part = bytes.subarray(at, at + place.length);
      place.set(part);
      this.filled(offsetBytes + at, part.length);
      at += part.length;
    }
  }

  /** Puts zeros there; whole chunks of them take no memory. */
  async putZeros(offsetBytes: number, lengthBytes: number, signal: AbortSignal): Promise<void> {
    zeroChunk ??= alignedBuffers(1, chunkBytes)[0] as Uint8Array;
    for (let at = 0; at < lengthBytes; ) {
      await abortable(this.ready(), signal);
      const start = offsetBytes + at;
      const part = Math.min(chunkBytes - (start % chunkBytes), lengthBytes - at);
      if (part === chunkBytes) {
        this.#dispatch(start, { bytes: zeroChunk, filledBytes: part }, part);
      } else {
        this.places(start, part)[0]?.fill(0);
        this.filled(start, part);
      }
      at += part;
    }
  }

  /** Resolves when the sink has caught up; throws what the sink threw. */
  async ready(): Promise<void> {
    await this.#inFlightAtMost(this.#mostInFlight);
  }

  /** Hands over the last, shorter chunk and waits for everything. */
  async finish(): Promise<void> {
    for (const [start, chunk] of this.#partial) {
      if (chunk.filledBytes > 0) this.#dispatch(start, chunk, chunk.filledBytes);
    }
    await this.#inFlightAtMost(0);
  }

  /** Resolves when the sink holds no buffer any more, whether or not it failed. */
  async settled(): Promise<void> {
    while (this.#inFlight > 0) await this.#changed.wait();
  }

  #chunkAt(start: number): Chunk {
    let chunk = this.#partial.get(start);
    if (!chunk) {
      chunk = { bytes: this.#memory(), filledBytes: 0 };
      this.#partial.set(start, chunk);
    }
    return chunk;
  }

  #memory(): Uint8Array {
    const free = this.#pool.take();
    if (free) return free;
    this.#pool.add(chunksAtOnce);
    return this.#pool.take() as Uint8Array;
  }

  #dispatch(start: number, chunk: Chunk, lengthBytes: number): void {
    this.#partial.delete(start);
    if (this.#failure) return;
    this.#inFlight += 1;
    this.#sink(start, chunk.bytes.subarray(0, lengthBytes))
      .then(
        () => {
          if (chunk.bytes !== zeroChunk) this.#pool.giveBack(chunk.bytes);
        },
        (reason: unknown) => {
          this.#failure ??= { reason };
        },
      )
      .finally(() => {
        this.#inFlight -= 1;
        this.#changed.notify();
      });
  }

  async #inFlightAtMost(count: number): Promise<void> {
    while (this.#inFlight > count && !this.#failure) await this.#changed.wait();
    if (this.#failure) throw this.#failure.reason;
  }
}
