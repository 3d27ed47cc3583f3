import { abortable } from '../lib/promises.ts';
import type { NativeFormat } from '../native/addon.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import { Feed } from './feed.ts';
import { NativeDecoder } from './native-decoder.ts';

/** Decodes up to the end of the input, or of the member or frame that ends within it. */
export type DecodeSome = (
  input: Uint8Array,
) => Promise<{ readonly usedBytes: number; readonly ended: boolean }>;

/**
 * Decodes a format that cannot be decoded in parallel: input in, output to a `ChunkWriter`, no more
 * in memory than a few buffers, however well the input is compressed.
 */
export class SerialDecoder implements AsyncDisposable {
  readonly #decoder: NativeDecoder;
  readonly #writer: ChunkWriter;
  readonly #feed: Feed;
  readonly #halt = new AbortController();
  /** Aborts with the reason when decoding or the sink fails, or the caller gives up. */
  readonly signal: AbortSignal;
  /** What has been decoded until now. */
  outputBytes = 0;

  /** `take` gets the added bytes piece by piece, and a function that decodes (part of) a piece. */
  constructor(
    format: NativeFormat,
    writer: ChunkWriter,
    signal: AbortSignal,
    take: (piece: Uint8Array, decode: DecodeSome) => Promise<void>,
  ) {
    this.#decoder = new NativeDecoder(format);
    this.#writer = writer;
    this.signal = AbortSignal.any([signal, this.#halt.signal]);
    const decode: DecodeSome = (input) => this.#decode(input);
    this.#feed = new Feed((piece) =>
      take(piece, decode).catch((error: unknown) => {
        this.#halt.abort(error);
        throw error;
      }),
    );
  }

  /** Copies the bytes. The caller waits for `room` before it adds more. */
  add(bytes: Uint8Array): void {
    this.#feed.add(bytes);
  }

  /** Resolves when more may be added; throws what decoding or the sink threw. */
  async room(): Promise<void> {
    await abortable(this.#feed.room(), this.signal);
  }

  /** Resolves when the sink has taken all that was added. */
  async end(): Promise<void> {
    await abortable(this.#feed.end(), this.signal);
    await this.#writer.finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#halt.abort(new Error('decoding has ended'));
    await this.#feed.settled();
    this.#decoder[Symbol.dispose]();
  }

  async #decode(input: Uint8Array): Promise<{ usedBytes: number; ended: boolean }> {
    for (let usedBytes = 0; ; ) {
      await abortable(this.#writer.ready(), this.signal);
      const places = this.#writer.places(this.outputBytes);
      const decoded = await this.#decoder.decode(input.subarray(usedBytes), places);
      this.#writer.filled(this.outputBytes, decoded.madeBytes);
      this.outputBytes += decoded.madeBytes;
      usedBytes += decoded.usedBytes;
      const { ended } = decoded;
      // Where all outputs are full, the same input may have more to give.
      const roomBytes = places.reduce((sum, place) => sum + place.length, 0);
      const mayHaveMore = usedBytes < input.length || decoded.madeBytes === roomBytes;
      if (ended || !mayHaveMore) return { usedBytes, ended };
    }
  }
}
