import { setTimeout as startTimer } from 'node:timers';
import { TransientError } from '../fetch/retry.ts';
import type { SourceOptions } from '../fetch/source.ts';
import { InputError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { abortable } from '../lib/promises.ts';
import type { InstallEvent } from '../ui/display/events.ts';
import { type Data, jsonEvents } from '../ui/display/json.ts';
import { presentableJson } from '../ui/output.ts';
import { EventQueue } from './event-queue.ts';
import { post, whyNot } from './post.ts';

export interface ProgressReportsOptions {
  readonly url: string;
  /** Proxy, certificates, header fields: as for everything that is fetched. */
  readonly source: SourceOptions;
  /** Added to each event. */
  readonly installId: string | undefined;
  /** Called with a sentence the first time that the server did not accept events. */
  readonly onTrouble: (text: string) => void;
  /** For tests. */
  readonly times?: Partial<typeof usualTimes>;
}

const usualTimes = {
  /** From the end of a request to the next one, until the server says another time. */
  intervalMs: 5_000,
  /** The limits of what the server may say. */
  leastMs: 1_000,
  longestMs: 300_000,
  /** The longest time after failures, if the server has asked for none: it hears of a machine soon after an outage. */
  afterFailuresMs: 30_000,
  /** If nothing happens, as on a disk that does not answer, a request says that the installer runs. */
  aliveMs: 30_000,
  /** For one request. */
  requestMs: 10_000,
};

const batchLimitBytes = 128 * 1024;
const lineLimitBytes = 64 * 1024;
const answerLimitBytes = 4096;

/** What may be dropped, the first kind first. */
const droppable = ['alive', 'progress', 'compared', 'waiting', 'rereading', 'note', 'warning'];

/**
 * Sends the events of a run to a server while it runs: as `--progress json` prints them, several in one
 * request, one request at a time. Nothing waits for the server, and its failures change nothing: what
 * could not be sent is sent later, at intervals that double up to a limit, and the oldest progress is
 * dropped. What the server refuses for good is dropped, too.
 */
export class ProgressReports implements Disposable {
  readonly #options: ProgressReportsOptions;
  readonly #times: typeof usualTimes;
  readonly #queue = new EventQueue();
  readonly #stop = new AbortController();
  readonly #toLines = jsonEvents((data) => this.#add(data));
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #intervalMs: number;
  #failures = 0;
  #hasTold = false;
  #nextMs = 0;
  /** The end of the last request. */
  #lastMs = performance.now();
  #isClosed = false;

  constructor(options: ProgressReportsOptions) {
    this.#options = options;
    this.#times = { ...usualTimes, ...options.times };
    this.#intervalMs = this.#times.intervalMs;
  }

  show(event: InstallEvent): void {
    if (this.#isClosed || event.event === 'progress-not-sent') return;
    this.#toLines(event);
    this.#schedule();
  }

  /** Sends the last event with all that has not been sent; takes at most `limitMs`. Never throws. */
  async finish(event: InstallEvent, limitMs: number): Promise<void> {
    this.show(event);
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const limit = AbortSignal.timeout(limitMs);
    await abortable(this.#sending ?? Promise.resolve(), limit).catch(() => undefined);
    let goesOn = true;
    while (goesOn && !limit.aborted && !this.#queue.isEmpty)
      goesOn = await this.#send(limit, Math.min(limitMs, this.#times.requestMs));
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  #add(data: Data): void {
    const { installId } = this.#options;
    const whole = presentableJson({ ...data, installId });
    const { time, event, step } = data;
    const text =
      Buffer.byteLength(whole) <= lineLimitBytes
        ? whole
        : presentableJson({ time, event, step, installId, shortened: true });
    const rank = droppable.indexOf(event);
    this.#queue.add({ text, rank: rank < 0 ? undefined : rank });
  }

  #schedule(): void {
    if (this.#isClosed || this.#sending) return;
    clearTimeout(this.#timer);
    const aliveMs = this.#queue.isEmpty ? this.#lastMs + this.#times.aliveMs : 0;
    const waitMs = Math.max(0, this.#nextMs - performance.now(), aliveMs - performance.now());
    this.#timer = startTimer(() => {
      if (this.#queue.isEmpty) this.#add({ time: new Date().toISOString(), event: 'alive' });
      const { signal } = this.#stop;
      this.#sending = this.#send(signal, this.#times.requestMs).then(() => {
        this.#sending = undefined;
        this.#schedule();
      });
    }, waitMs).unref();
  }

  /** One request, which ends in time. Resolves with whether another one may be accepted at once. */
  async #send(signal: AbortSignal, requestMs: number): Promise<boolean> {
    const { url, source } = this.#options;
    const { longestMs, afterFailuresMs } = this.#times;
    const lines = this.#queue.take(batchLimitBytes);
    try {
      const until = AbortSignal.any([signal, this.#stop.signal, AbortSignal.timeout(requestMs)]);
      const body = { text: lines.map(({ text }) => `${text}\n`).join(''), type: ndjson };
      using answer = await post(url, body, source, until);
      this.#failures = 0;
      const said = await answer.peek(answerLimitBytes).catch(() => Buffer.alloc(0));
      this.#intervalMs = this.#intervalIn(said) ?? this.#intervalMs;
      this.#nextMs = performance.now() + this.#intervalMs;
      return true;
    } catch (error) {
      const isRefused = isFaultOfBody(error);
      if (!isRefused) this.#queue.putBack(lines);
      this.#failures += 1;
      const asked = error instanceof TransientError ? error.retryAfterMs : 0;
      const doubled = this.#intervalMs * 2 ** this.#failures;
      const mostMs = Math.max(this.#intervalMs, afterFailuresMs);
      const waitMs = Math.min(doubled, mostMs) * (1 - Math.random() / 4);
      this.#nextMs = performance.now() + Math.min(Math.max(waitMs, asked), longestMs);
      this.#tell(error, requestMs);
      return isRefused;
    } finally {
      this.#lastMs = performance.now();
    }
  }

  #tell(error: unknown, requestMs: number): void {
    if (this.#hasTold || this.#stop.signal.aborted) return;
    this.#hasTold = true;
    const { url, onTrouble } = this.#options;
    const why = whyNot(error, requestMs);
    onTrouble(`Could not send the progress to ${maskUrl(url)}: ${why}.`);
  }

  /** `{"intervalMs": 5000}`; anything else says nothing. */
  #intervalIn(answer: Uint8Array): number | undefined {
    if (answer.length > answerLimitBytes) return undefined;
    try {
      const said: unknown = JSON.parse(Buffer.from(answer).toString());
      const { intervalMs } = said as { readonly intervalMs?: unknown };
      if (typeof intervalMs !== 'number' || !Number.isFinite(intervalMs)) return undefined;
      return Math.min(Math.max(intervalMs, this.#times.leastMs), this.#times.longestMs);
    } catch {
      return undefined;
    }
  }
}

/** The same lines would be refused again: 400, 413 and the like; not a login, an address, an outage. */
function isFaultOfBody(error: unknown): boolean {
  const codes: readonly string[] = ['http-bad-request', 'http-unexpected-status'];
  return error instanceof InputError && codes.includes(error.failure.code);
}

const ndjson = 'application/x-ndjson';
