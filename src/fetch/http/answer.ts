import type { Dispatcher } from 'undici';
import { TransientError } from '../retry.ts';
import type { Headers } from './http-headers.ts';
import { networkTrouble } from './network-trouble.ts';
import type { Hop } from './trouble.ts';

export interface AnswerOptions extends Hop {
  readonly dispatcher: Dispatcher;
  readonly response: Dispatcher.ResponseData;
  readonly headers: Headers;
  readonly timeouts: { readonly connectTimeoutMs: number; readonly stallTimeoutMs: number };
  readonly signal: AbortSignal;
}

/** One answer of a server, its body read chunk by chunk. Closing it closes its connection. */
export class HttpAnswer implements Disposable {
  readonly status: number;
  readonly headers: Headers;
  readonly url: URL;
  readonly proxy: URL | undefined;
  readonly #options: AnswerOptions;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #unread: Uint8Array | undefined;

  constructor(options: AnswerOptions) {
    this.status = options.response.statusCode;
    this.headers = options.headers;
    this.url = options.url;
    this.proxy = options.proxy;
    this.#options = options;
    this.#chunks = options.response.body[Symbol.asyncIterator]();
    // An error while nobody reads is thrown to the next reader.
    options.response.body.on('error', () => undefined);
  }

  /**
   * The next bytes, undefined at the end. Throws `TransientError` when the connection breaks, or
   * when no byte comes for the stall time, and the signal's reason when that is aborted.
   */
  async read(): Promise<Uint8Array | undefined> {
    const unread = this.#unread;
    if (unread !== undefined) {
      this.#unread = undefined;
      return unread;
    }
    const { stallTimeoutMs } = this.#options.timeouts;
    const timer = setTimeout(
      () =>
        this.#options.response.body.destroy(
          new TransientError({
            code: 'server-stalled',
            why: `${this.url.host} sends nothing for ${stallTimeoutMs / 1000} s`,
            next: 'Check the server and the network.',
          }),
        ),
      stallTimeoutMs,
    );
    try {
      const { done, value } = await this.#chunks.next();
      return done === true ? undefined : compact(value);
    } catch (cause) {
      this.#options.signal.throwIfAborted();
      throw cause instanceof TransientError ? cause : this.#broken(cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The body's first bytes, `lengthBytes` or more unless it is shorter; `read` begins with them. */
  async peek(lengthBytes: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for (let length = 0; length < lengthBytes; ) {
      const chunk = await this.read();
      if (chunk === undefined) break;
      chunks.push(chunk);
      length += chunk.length;
    }
    const bytes = Buffer.concat(chunks);
    if (bytes.length > 0) this.unread(bytes);
    return bytes;
  }

  /** Gives back bytes: they are what `read` returns next. */
  unread(bytes: Uint8Array): void {
    this.#unread = bytes;
  }

  [Symbol.dispose](): void {
    this.#options.response.body.destroy();
    void this.#options.dispatcher.destroy();
  }

  /** Whatever goes wrong once a body flows may work over another connection. */
  #broken(cause: unknown): TransientError {
    const { transient, ...reason } = networkTrouble(cause, this, this.#options.timeouts);
    return new TransientError(reason, { cause, onlyOnce: !transient });
  }
}

/**
 * A piece may be a few bytes of a large network buffer: who keeps the piece must not keep the whole
 * buffer.
 */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.length * 4 < bytes.buffer.byteLength ? Uint8Array.from(bytes) : bytes;
}
