import { InputError } from '../../lib/errors.ts';
import { BackgroundHash } from '../../native/hash.ts';
import { type RetryBudget, TransientError, type TransientReason } from '../retry.ts';
import type { EarlierPart, SourceOptions } from '../source.ts';
import type { HttpAnswer } from './answer.ts';
import { contentRange, sizeField, strongValidator } from './http-headers.ts';

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
 * One file, from its first byte to its last, over as many connections as that takes.
 *
 * When a connection breaks, the next one requests the rest, on the condition that the file is still
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
    if (answer.status === 206 && isRestOf(earlier, answer)) {
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
    if (this.#done) {
      return { done: true, value: undefined };
    }
    try {
      const chunk = await this.#persist(() => this.#readNext());
      if (chunk !== undefined) {
        return { done: false, value: chunk };
      }
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
        if (!(error instanceof TransientError)) {
          throw error;
        }
        if (error.onlyOnce && this.#wrongAtBytes === this.#deliveredBytes) {
          throw this.#error(error.reason);
        }
        if (error.onlyOnce) this.#wrongAtBytes = this.#deliveredBytes;
        await this.#options.budget.wait(error, this.#options.signal);
      }
    }
  }

  async #readNext(): Promise<Uint8Array | undefined> {
    this.#answer ??= await this.#reconnect();
    const chunk = await this.#answer.read().catch((error) => this.#interrupted(error));
    if (chunk === undefined) {
      return this.#checkEnd();
    }
    if (this.#deliveredBytes + chunk.length > (this.sizeBytes ?? Number.MAX_SAFE_INTEGER)) {
      throw this.#error({
        code: 'http-response-invalid',
        why: 'the server sends more than it announced',
        next: 'Check the server.',
      });
    }
    await this.#delivered.update(chunk);
    this.#deliveredBytes += chunk.length;
    this.#reReadBytes = 0;
    this.#options.budget.progress();
    return chunk;
  }

  #checkEnd(): undefined {
    if (this.sizeBytes !== undefined && this.#deliveredBytes < this.sizeBytes) {
      throw endedAfter(this.#position());
    }
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
    if (this.#validator === undefined || this.#deliveredBytes === 0) {
      return undefined;
    }
    const answer = await this.#options.request(
      { range: `bytes=${this.#deliveredBytes}-`, 'if-range': this.#validator },
      [200, 206, 412, 416],
    );
    if (answer.status === 200) {
      return await this.#skipDelivered(answer);
    }
    if (answer.status === 206 && this.#isTheRest(answer)) {
      return answer;
    }
    answer[Symbol.dispose]();
    this.#validator = undefined;
    return undefined;
  }

  #isTheRest({ headers }: HttpAnswer): boolean {
    const range = contentRange(headers);
    if (range?.totalBytes === undefined || range.first !== this.#deliveredBytes) {
      return false;
    }
    const lengthBytes = bodySize(headers) ?? range.last + 1 - range.first;
    const validator = strongValidator(headers) ?? this.#validator;
    const sound =
      lengthBytes === range.last + 1 - range.first &&
      range.totalBytes === (this.sizeBytes ?? range.totalBytes) &&
      validator === this.#validator &&
      // A validator that is the same for both encodings of a file is no help.
      headers.get('content-encoding') === this.#encoding;
    if (sound) {
      this.sizeBytes = range.totalBytes;
    }
    return sound;
  }

  async #startOver(): Promise<HttpAnswer> {
    return await this.#skipDelivered(await this.#options.request({}, [200]));
  }

  /** Reads what was delivered already, and makes sure that it is still the same. */
  async #skipDelivered(answer: HttpAnswer): Promise<HttpAnswer> {
    // Held from now on, so that it is closed whatever happens.
    this.#answer = answer;
    const sizeBytes = bodySize(answer.headers) ?? this.sizeBytes;
    if (sizeBytes !== (this.sizeBytes ?? sizeBytes)) {
      throw this.#changed();
    }
    this.sizeBytes = sizeBytes;
    if (this.#deliveredBytes > 0) {
      this.#options.onReread?.({ name: this.#options.name, sizeBytes: this.#deliveredBytes });
    }
    const again = new BackgroundHash('sha256');
    for (let position = 0; position < this.#deliveredBytes; ) {
      const chunk = await answer.read();
      if (chunk === undefined) {
        throw sizeBytes === undefined
          ? this.#changed()
          : endedAfter(`${position} of ${sizeBytes} bytes`);
      }
      const known = chunk.subarray(0, this.#deliveredBytes - position);
      await again.update(known);
      position += known.length;
      if (known.length < chunk.length) {
        answer.unread(chunk.subarray(known.length));
      }
      this.#noteReRead(position);
    }
    if ((await again.digest()) !== (await this.sha256())) {
      throw this.#changed();
    }
    // It may be another version with the same beginning; from here on that one is downloaded.
    this.#validator = strongValidator(answer.headers);
    return answer;
  }

  /** Getting further than any try before is progress; the same part over and over is not. */
  #noteReRead(position: number): void {
    if (position > this.#reReadBytes) {
      this.#reReadBytes = position;
      this.#options.budget.progress();
    }
  }

  #disconnect(): void {
    this.#answer?.[Symbol.dispose]();
    this.#answer = undefined;
  }

  #position(): string {
    return this.sizeBytes === undefined
      ? `${this.#deliveredBytes} bytes`
      : `${this.#deliveredBytes} of ${this.sizeBytes} bytes`;
  }

  #changed(): InputError {
    return this.#error({
      code: 'file-changed',
      why: `the file on the server changed during the download, after ${this.#position()}`,
      next: 'Do not change it until the installation is complete, and run it again.',
    });
  }

  #error(reason: TransientReason): InputError {
    return new InputError({ failed: `Cannot fetch ${this.#options.name}`, ...reason });
  }
}

/** Whether an answer holds exactly what is missing, of the same version of the file. */
function isRestOf(
  { lengthBytes, sizeBytes, validator }: EarlierPart,
  { headers }: HttpAnswer,
): boolean {
  const range = contentRange(headers);
  const restBytes = sizeBytes - lengthBytes;
  return (
    range?.first === lengthBytes &&
    range.last === sizeBytes - 1 &&
    range.totalBytes === sizeBytes &&
    (bodySize(headers) ?? restBytes) === restBytes &&
    (strongValidator(headers) ?? validator) === validator
  );
}

function endedAfter(position: string): TransientError {
  return new TransientError({
    code: 'download-incomplete',
    why: `it ended after ${position}`,
    next: 'Check that the file on the server is complete, and the network.',
  });
}

/**
 * What Content-Length says of the body; undefined for a chunked one, which marks its end itself.
 */
function bodySize(headers: HttpAnswer['headers']): number | undefined {
  return headers.has('transfer-encoding') ? undefined : sizeField(headers, 'content-length');
}
