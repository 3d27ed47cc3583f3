/** Tells whether so much time has passed since it last said yes; the first time it does at once. */
export function dueEvery(intervalMs: number, firstMs = 0): (nowMs: number) => boolean {
  let nextMs = firstMs;
  return (nowMs) => {
    if (nowMs < nextMs) return false;
    nextMs = nowMs + intervalMs;
    return true;
  };
}

/** Hands on a call only when so much time has passed since the last; the first waits as long. */
export function atMostEvery<T>(intervalMs: number, tell: (value: T) => void): (value: T) => void {
  const due = dueEvery(intervalMs, performance.now() + intervalMs);
  return (value) => {
    if (due(performance.now())) tell(value);
  };
}
