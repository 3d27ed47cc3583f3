/** Hands on a call only when so much time has passed since the last; the first waits as long. */
export function atMostEvery<T>(intervalMs: number, tell: (value: T) => void): (value: T) => void {
  let nextMs = performance.now() + intervalMs;
  return (value) => {
    const nowMs = performance.now();
    if (nowMs < nextMs) return;
    nextMs = nowMs + intervalMs;
    tell(value);
  };
}
