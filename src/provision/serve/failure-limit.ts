const perMinute = 10;
const maxAddresses = 10_000;

/** Counts failures by address: more than ten within a minute are too many. */
export class FailureLimit {
  readonly #failures = new Map<string, { count: number; readonly untilMs: number }>();

  add(address: string, nowMs = Date.now()): void {
    const known = this.#current(address, nowMs);
    if (known !== undefined) known.count += 1;
    else {
      // Rather forget some than grow without a bound.
      if (this.#failures.size >= maxAddresses) this.#failures.clear();
      this.#failures.set(address, { count: 1, untilMs: nowMs + 60_000 });
    }
  }

  isExceeded(address: string, nowMs = Date.now()): boolean {
    return (this.#current(address, nowMs)?.count ?? 0) >= perMinute;
  }

  #current(address: string, nowMs: number) {
    const known = this.#failures.get(address);
    if (known === undefined || known.untilMs > nowMs) return known;
    this.#failures.delete(address);
    return undefined;
  }
}
