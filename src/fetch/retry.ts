import { setTimeout as sleep } from 'node:timers/promises';
import { InputError, type Reason } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import type { SourceOptions, Waiting } from './source.ts';

const firstBackoffMs = 250;
const longestBackoffMs = 8_000;
const longestRetryAfterMs = 60_000;

interface TransientOptions extends ErrorOptions {
  readonly retryAfterMs?: number;
  readonly onlyOnce?: boolean;
}

export type TransientReason = Reason<FailureCode<'input'>>;

/** A failure that a retry may solve: the network is not up yet, the server is overloaded. */
export class TransientError extends Error {
  /** Why, and what the user does when retries do not help. */
  readonly reason: TransientReason;
  /** How long the server asked to wait. */
  readonly retryAfterMs: number;
  /** Worth only one retry: the server sends something wrong, rather than nothing. */
  readonly onlyOnce: boolean;

  constructor(reason: TransientReason, options?: TransientOptions) {
    super(reason.why, options);
    this.reason = reason;
    this.retryAfterMs = options?.retryAfterMs ?? 0;
    this.onlyOnce = options?.onlyOnce ?? false;
  }
}

/**
 * The wait after failed try number `attempt` (from 0): 0.25 s, doubled each time up to 8 s, of
 * which `random` (0 ≤ random < 1) takes away up to a half, so that a rack of machines that lost the
 * same server does not retry all at once.
 */
export function backoffMs(attempt: number, random: number): number {
  const fullMs = Math.min(firstBackoffMs * 2 ** attempt, longestBackoffMs);
  return fullMs * (1 - random / 2);
}

export interface RetryOptions {
  /** The source's name, for messages. */
  readonly name: string;
  readonly retryForMs: number;
  /** The number of retries without progress, whatever the time. */
  readonly retries?: number | undefined;
  readonly backoff: (attempt: number) => number;
  readonly onWait?: ((waiting: Waiting) => void) | undefined;
}

/** The budget of a source, with the defaults of its options. */
export function budgetOf(
  name: string,
  { retryForMs = 60_000, retries, backoff, onWait }: SourceOptions,
): RetryBudget {
  const wait = backoff ?? ((attempt: number) => backoffMs(attempt, Math.random()));
  return new RetryBudget({ name, retryForMs, retries, backoff: wait, onWait });
}

/** Counts the time without progress, waits between tries, and knows when to give up. */
export class RetryBudget {
  readonly #options: RetryOptions;
  #attempts = 0;
  #failingSinceMs: number | undefined;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Something was received: the time starts again with the next failure. */
  progress(): void {
    this.#attempts = 0;
    this.#failingSinceMs = undefined;
  }

  /**
   * Waits until the next try is due. Throws `InputError` with the last reason when the time was
   * already over before the failed try began or the retries are used up, or the signal's reason when
   * that is aborted.
   */
  async wait(trouble: TransientError, signal: AbortSignal): Promise<void> {
    const nowMs = performance.now();
    this.#failingSinceMs ??= nowMs;
    const sinceMs = nowMs - this.#failingSinceMs;
    const remainingMs = this.#options.retryForMs - sinceMs;
    if (remainingMs <= 0 || this.#attempts >= (this.#options.retries ?? Infinity)) {
      throw this.#givenUp(trouble, sinceMs);
    }
    const askedMs = Math.min(trouble.retryAfterMs, longestRetryAfterMs);
    const dueMs = Math.max(this.#options.backoff(this.#attempts), askedMs);
    const nextTryMs = Math.min(dueMs, remainingMs);
    this.#attempts += 1;
    this.#options.onWait?.({
      name: this.#options.name,
      code: trouble.reason.code,
      reason: trouble.reason.why,
      sinceMs,
      nextTryMs,
    });
    // A timer may fire a millisecond early; the last try must find the time over.
    await sleep(Math.ceil(nextTryMs) + 1, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }

  #givenUp(trouble: TransientError, sinceMs: number): InputError {
    const tries =
      this.#attempts === 0
        ? ''
        : `; tried ${this.#attempts + 1} times in ${Math.round(sinceMs / 1000)} s`;
    const { code, why, next } = trouble.reason;
    return new InputError(
      { code, failed: `Cannot fetch ${this.#options.name}`, why: `${why}${tries}`, next },
      { cause: trouble },
    );
  }
}
