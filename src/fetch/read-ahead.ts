import { collectGarbage } from '../lib/collect-garbage.ts';
import { abortable, Condition } from '../lib/promises.ts';
import type { ByteSource, OpenSource, SourceOptions, Waiting } from './source.ts';

/** How much is fetched while nobody wants more than the beginning. */
const aheadBytes = 8 * 1024 * 1024;
/** What a piece takes besides its bytes: a server may send them one by one. */
const pieceOverheadBytes = 256;
/** How long another request may take while this one is open, before this one is closed for it. */
const patienceMs = 3_000;

/**
 * A source that is examined before it is read: all openings share its beginning, which arrives
 * while other things are examined. An opening that reads beyond it continues that download, and the
 * next one starts a new download. So a slow network has nothing to do twice, and is never idle.
 *
 * Some servers serve one connection at a time. Where another request gets no answer, this
 * connection is closed, and from then on every opening is a download of its own.
 */
export class ReadAhead implements ByteSource, Disposable {
  readonly name: string;
  readonly #source: ByteSource;
  readonly #given: AbortSignal;
  readonly #giveUp = new AbortController();
  readonly #end = new AbortController();
  readonly #onWait: SourceOptions['onWait'];
  #opened = false;
  /** What the connection waits for, until the first opening. */
  #unreported: Waiting | undefined;
  #beginning: Promise<Beginning>;

  /**
   * Connects at once, to the source that `openSource` makes with these options. What it waits for is
   * reported from the first opening on. Aborting the signal, or disposing it, closes what is open
   * then.
   */
  constructor(
    openSource: (options: SourceOptions) => ByteSource,
    options: SourceOptions,
    signal: AbortSignal,
  ) {
    this.#onWait = options.onWait;
    this.#source = openSource({ ...options, onWait: (waiting) => this.#waits(waiting) });
    this.name = this.#source.name;
    this.#given = AbortSignal.any([signal, this.#end.signal]);
    this.#beginning = this.#begin();
  }

  async open(signal: AbortSignal): Promise<OpenSource> {
    this.#opened = true;
    if (this.#unreported) this.#waits(this.#unreported);
    this.#unreported = undefined;
    if (this.#giveUp.signal.aborted) return await this.#source.open(signal);
    const { open, bytes } = await this.#renewed(({ taken, failed }) => taken || failed, signal);
    return { sizeBytes: open.sizeBytes, bytes: bytes(), sha256: open.sha256 };
  }

  /**
   * Where the download has failed since it was opened last, begins a new one, for the next opening.
   * Throws as `open` does.
   */
  async requireAlive(signal: AbortSignal): Promise<void> {
    if (!this.#giveUp.signal.aborted) await this.#renewed(({ failed }) => failed, signal);
  }

  tail(
    lengthBytes: number,
    sizeBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    return this.withConnectionFree(() => this.#source.tail(lengthBytes, sizeBytes, signal));
  }

  /** Does something else over the network meanwhile. */
  async withConnectionFree<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#giveUp.abort(), patienceMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#end.abort();
  }

  #waits(waiting: Waiting): void {
    if (this.#opened) this.#onWait?.(waiting);
    else this.#unreported = waiting;
  }

  /** A new one where what there is cannot be used. */
  async #renewed(
    isUseless: (beginning: Beginning) => boolean,
    signal: AbortSignal,
  ): Promise<Beginning> {
    const beginning = await abortable(this.#beginning, signal);
    if (!isUseless(beginning)) return beginning;
    this.#beginning = this.#begin();
    return await abortable(this.#beginning, signal);
  }

  #begin(): Promise<Beginning> {
    const signal = AbortSignal.any([this.#given, this.#giveUp.signal]);
    const beginning = this.#source.open(signal).then((open) => {
      this.#unreported = undefined;
      return new Beginning(open);
    });
    // Thrown to the caller that opens it.
    beginning.catch(() => undefined);
    return beginning;
  }
}

/** A download whose first bytes are kept until somebody reads beyond them. */
class Beginning {
  readonly open: OpenSource;
  /** Somebody has read beyond it: it cannot be read again. */
  taken = false;
  readonly #rest: AsyncIterator<Uint8Array>;
  readonly #changed = new Condition();
  #chunks: Uint8Array[] = [];
  #filling = true;
  #ended = false;
  #failure: { readonly reason: unknown } | undefined;

  /** It has failed, and not all of it is there. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  constructor(open: OpenSource) {
    this.open = open;
    this.#rest = open.bytes[Symbol.asyncIterator]();
    void this.#fill();
  }

  readonly bytes = async function* (this: Beginning): AsyncGenerator<Uint8Array> {
    for (let index = 0; ; index += 1) {
      while (index === this.#chunks.length && this.#filling) await this.#changed.wait();
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      yield chunk;
    }
    if (this.#failure) throw this.#failure.reason;
    if (this.#ended) return;
    this.taken = true;
    this.#chunks = [];
    // Buffers that grew old while reading ahead would stay until memory runs short.
    collectGarbage();
    try {
      for (let next = await this.#rest.next(); !next.done; next = await this.#rest.next())
        yield next.value;
    } finally {
      await this.#rest.return?.();
    }
  }.bind(this);

  async #fill(): Promise<void> {
    try {
      for (let bytes = 0; bytes < aheadBytes && !this.#ended; ) {
        const { done, value } = await this.#rest.next();
        if (done) {
          this.#ended = true;
        } else {
          this.#chunks.push(value);
          bytes += value.length + pieceOverheadBytes;
          this.#changed.notify();
        }
      }
    } catch (reason) {
      this.#failure = { reason };
    } finally {
      this.#filling = false;
      this.#changed.notify();
    }
  }
}
