import { InputError } from '../../lib/errors.ts';
import { BackgroundHash } from '../../native/hash.ts';
import { type RetryBudget, TransientError, type TransientReason } from '../retry.ts';
import type { EarlierPart, SourceOptions } from '../source.ts';
import type { HttpAnswer } from './answer.ts';
import { strongValidator } from './http-headers.ts';
import {
  bodySize,
  changedAfter,
  endedAfter,
  type KnownFile,
  positionOf,
  readBeginning,
  sendsTooMuch,
  sizeByRest,
} from './rest-of-file.ts';

export interface DownloadOptions {
  /** The source's name, for messages. */
  readonly name: string;
  readonly budget: RetryBudget;
  readonly onReread: SourceOptions['onReread'];
  readonly earlier?: EarlierPart | undefined;
  readonly signal: AbortSignal;
  /** Sends a GET with these header fields; gives only answers with one of these statuses. */
  readonly request: (
    headers: Readonly<Record<string, string>>,
    accepts: readonly number[],
  ) => Promise<HttpAnswer>;
}

/**
 * One file, from its first byte to its last, over as many connections as that takes. When a connection breaks, the next one requests the rest, on the condition that the file is still
 * the same (`Range` with `If-Range`). Where that is impossible (the server does not support ranges,
 * or sends no strong validator) the file is read again from the start, and what was delivered
 * already is compared by SHA-256 and dropped. Either way no byte is delivered twice, and none is
 * skipped; a file that changed in between is an `InputError`.
 */
export class Download implements AsyncIterableIterator<Uint8Array> {
  /** Undefined until a server has sent it. */
  sizeBytes: number | undefined;
  /** Where it begins: after the earlier part, if the server still has the same file. */
  startBytes = 0;
  readonly #options: DownloadOptions;
  #delivered = new BackgroundHash('sha256');
  #deliveredBytes = 0;
  /** The furthest that re-reading the delivered part has come in this outage. */
  #reReadBytes = 0;
  /** Where a connection delivered something invalid. */
  #wrongAtBytes: number | undefined;
  #validator: string | undefined;
  #encoding: string | undefined;
  #answer: HttpAnswer | undefined;
  #done = false;

  constructor(options: DownloadOptions) {
    this.#options = options;
  }

  /** Connects, so that the size is known and whatever is wrong with the URL is reported. */
  async start(): Promise<void> {
    await this.#persist(async () => {
      this.#answer = (await this.#afterEarlier()) ?? (await this.#options.request({}, [200]));
    });
    const { headers, status } = this.#answer as HttpAnswer;
    if (status === 200) this.sizeBytes = bodySize(headers);
    this.#validator = strongValidator(headers) ?? this.#validator;
    this.#encoding = headers.get('content-encoding');
    this.#options.budget.progress();
  }

  /** Identifies this version of the file; see `strongValidator`. */
  get validator(): string | undefined {
    return this.#validator;
  }

  /** The whole file, or its rest where that is the same file's; undefined for any other answer. */
  async #afterEarlier(): Promise<HttpAnswer | undefined> {
    const { earlier, request } = this.#options;
    if (earlier === undefined) return undefined;
    const answer = await request(
      { range: `bytes=${earlier.lengthBytes}-`, 'if-range': earlier.validator },
      [200, 206, 412, 416],
    );
    if (answer.status === 200) return answer;
    const encoding = answer.headers.get('content-encoding');
    if (answer.status === 206 && sizeByRest(answer, { ...earlier, encoding }) !== undefined) {
      this.sizeBytes = earlier.sizeBytes;
      this.startBytes = earlier.lengthBytes;
      this.#deliveredBytes = earlier.lengthBytes;
      this.#delivered = earlier.sha256;
      this.#validator = earlier.validator;
      return answer;
    }
    answer[Symbol.dispose]();
    return undefined;
  }

  /** Of all that was delivered, in lower-case hexadecimal. */
  sha256(): Promise<string> {
    return this.#delivered.digest();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#done) return { done: true, value: undefined };
    try {
      const chunk = await this.#persist(() => this.#readNext());
      if (chunk !== undefined) return { done: false, value: chunk };
    } catch (error) {
      await this.return();
      throw error;
    }
    return this.return();
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#done = true;
    this.#disconnect();
    return { done: true, value: undefined };
  }

  /** Repeats what failed for a transient reason until it succeeds or the budget is used up. */
  async #persist<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        this.#disconnect();
        if (!(error instanceof TransientError)) throw error;
        if (error.onlyOnce && this.#wrongAtBytes === this.#deliveredBytes)
          throw this.#error(error.reason);
        if (error.onlyOnce) this.#wrongAtBytes = this.#deliveredBytes;
        await this.#options.budget.wait(error, this.#options.signal);
      }
    }
  }

  async #readNext(): Promise<Uint8Array | undefined> {
    this.#answer ??= await this.#reconnect();
    const chunk = await this.#answer.read().catch((error) => this.#interrupted(error));
    if (chunk === undefined) return this.#checkEnd();
    if (this.#deliveredBytes + chunk.length > (this.sizeBytes ?? Number.MAX_SAFE_INTEGER))
      throw this.#error(sendsTooMuch);
    await this.#delivered.update(chunk);
    this.#deliveredBytes += chunk.length;
    this.#reReadBytes = 0;
    this.#options.budget.progress();
    return chunk;
  }

  #checkEnd(): undefined {
    if (this.sizeBytes !== undefined && this.#deliveredBytes < this.sizeBytes)
      throw endedAfter(this.#position());
  }

  /** A connection that breaks after the last byte has done its work. */
  #interrupted(error: unknown): undefined {
    if (this.#deliveredBytes === this.sizeBytes && error instanceof TransientError) return;
    throw error instanceof TransientError && this.#deliveredBytes > 0
      ? new TransientError(
          { ...error.reason, why: `it ended after ${this.#position()}: ${error.reason.why}` },
          { cause: error, onlyOnce: error.onlyOnce },
        )
      : error;
  }

  /** A connection whose next byte is the first one that was not delivered yet. */
  async #reconnect(): Promise<HttpAnswer> {
    return (await this.#continue()) ?? (await this.#startOver());
  }

  /** Asks for the rest only. Undefined when that is impossible, or the answer is doubtful. */
  async #continue(): Promise<HttpAnswer | undefined> {
    if (this.#validator === undefined || this.#deliveredBytes === 0) return undefined;
    const answer = await this.#options.request(
      { range: `bytes=${this.#deliveredBytes}-`, 'if-range': this.#validator },
      [200, 206, 412, 416],
    );
    if (answer.status === 200) return await this.#skipDelivered(answer);
    const sizeBytes = answer.status === 206 ? sizeByRest(answer, this.#known()) : undefined;
    if (sizeBytes !== undefined) {
      this.sizeBytes = sizeBytes;
      return answer;
    }
    answer[Symbol.dispose]();
    this.#validator = undefined;
    return undefined;
  }

  #known(): KnownFile {
    return {
      lengthBytes: this.#deliveredBytes,
      sizeBytes: this.sizeBytes,
      validator: this.#validator,
      encoding: this.#encoding,
    };
  }

  async #startOver(): Promise<HttpAnswer> {
    return await this.#skipDelivered(await this.#options.request({}, [200]));
  }

  /** Reads what was delivered already, and makes sure that it is still the same. */
  async #skipDelivered(answer: HttpAnswer): Promise<HttpAnswer> {
    // Held from now on, so that it is closed whatever happens.
    this.#answer = answer;
    const sizeBytes = bodySize(answer.headers) ?? this.sizeBytes;
    if (sizeBytes !== (this.sizeBytes ?? sizeBytes)) throw this.#changed();
    this.sizeBytes = sizeBytes;
    if (this.#deliveredBytes > 0)
      this.#options.onReread?.({ name: this.#options.name, sizeBytes: this.#deliveredBytes });
    const found = await readBeginning(answer, this.#deliveredBytes, (readBytes) =>
      this.#noteReRead(readBytes),
    );
    if (found.sha256 === undefined && sizeBytes !== undefined)
      throw endedAfter(positionOf(found.readBytes, sizeBytes));
    if (found.sha256 !== (await this.sha256())) throw this.#changed();
    // It may be another version with the same beginning; from here on that one is downloaded.
    this.#validator = strongValidator(answer.headers);
    return answer;
  }

  /** Getting further than any try before is progress; the same part over and over is not. */
  #noteReRead(position: number): void {
    if (position <= this.#reReadBytes) return;
    this.#reReadBytes = position;
    this.#options.budget.progress();
  }

  #disconnect(): void {
    this.#answer?.[Symbol.dispose]();
    this.#answer = undefined;
  }

  #position(): string {
    return positionOf(this.#deliveredBytes, this.sizeBytes);
  }

  #changed(): InputError {
    return this.#error(changedAfter(this.#position()));
  }

  #error(reason: TransientReason): InputError {
    return new InputError({ failed: `Cannot fetch ${this.#options.name}`, ...reason });
  }
}
