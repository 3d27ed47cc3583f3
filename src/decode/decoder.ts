/**
 * Takes decoded bytes. The bytes belong to the sink until its promise settles; the decoder may
 * then use the buffer again. Ranges never overlap. They come in any order, several at a time, each
 * starting on a multiple of `chunkBytes` and exactly that long; only the image's last is shorter.
 */
export type DecodedSink = (offsetBytes: number, bytes: Uint8Array) => Promise<void>;

export interface DecodeOptions {
  /** How many blocks may be decoded at the same time, at least 1. */
  readonly jobs: number;
  /** Most memory that the decoder may use; an input that needs more is an `InputError`. */
  readonly memoryLimitBytes: number;
  readonly signal: AbortSignal;
  /** The source's name, for messages. */
  readonly name: string;
}

/**
 * Decodes a whole compressed stream that is handed over in order. Waits for the sink, so that
 * input is taken only as fast as the disk is written. Throws `InputError` for anything that is
 * damaged, truncated, or followed by garbage. An input chunk may be reused as soon as the next one
 * is requested. Once the promise has settled, the sink is not called again.
 */
export type Decoder = (
  input: AsyncIterable<Uint8Array>,
  sink: DecodedSink,
  options: DecodeOptions,
) => Promise<{ readonly sizeBytes: number }>;
