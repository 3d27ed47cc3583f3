/**
 * Where bytes come from: an HTTP(S) URL, a `file://` URL or a path.
 *
 * A source can be opened more than once; each opening delivers all bytes from the first to the
 * last, in order, or throws an `InputError`. Nothing is kept in memory beyond what the consumer
 * has not taken yet.
 */
export interface ByteSource {
  /** The URL with its password masked, or the path: fit for the screen. */
  readonly name: string;
  /** Connects, retrying while the network is not up yet. */
  open(signal: AbortSignal): Promise<OpenSource>;
  /** The last `lengthBytes` bytes, or undefined where that would mean reading everything. */
  tail(lengthBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined>;
}

export interface OpenSource {
  /** Size of everything that `bytes` delivers; undefined when the server does not say. */
  readonly sizeBytes: number | undefined;
  /** Consumed once. Ending the iteration early closes the connection or file. */
  readonly bytes: AsyncIterable<Uint8Array>;
}
