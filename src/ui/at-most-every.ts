/** Returns a function that is true at most once per interval, and for the first time after `firstMs`. */
export function dueEvery(intervalMs: number, firstMs = 0): (nowMs: number) => boolean {
  let nextMs = firstMs;
  return (nowMs) => {
    if (nowMs < nextMs) return false;
    nextMs = nowMs + intervalMs;
    return true;
  };
}

/** Limits calls to one per interval; calls in the first interval are dropped, too. */
export function atMostEvery<T>(intervalMs: number, call: (value: T) => void): (value: T) => void {
  const due = dueEvery(intervalMs, performance.now() + intervalMs);
  return (value) => {
    if (due(performance.now())) call(value);
  };
}
