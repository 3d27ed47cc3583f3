const perMinute = 10;
const maxAddresses = 10_000;

/** Counts failures by address, from minute to minute: ten are too many. */
export class FailureLimit {
  readonly #failures = new Map<string, number>();
  #sinceMs = Number.NEGATIVE_INFINITY;

  add(address: string, nowMs = performance.now()): void {
    const isOver = nowMs - this.#sinceMs >= 60_000;
    // Rather forget some than grow without a bound.
    if (isOver || this.#failures.size >= maxAddresses) this.#failures.clear();
    if (isOver) this.#sinceMs = nowMs;
    this.#failures.set(address, (this.#failures.get(address) ?? 0) + 1);
  }

  isExceeded(address: string, nowMs = performance.now()): boolean {
    return nowMs - this.#sinceMs < 60_000 && (this.#failures.get(address) ?? 0) >= perMinute;
  }
}
