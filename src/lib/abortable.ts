/**
 * The promise's outcome, or the signal's reason as soon as it aborts. Unlike `Promise.race` it
 * leaves nothing behind on the signal, so it can be called for every chunk of a large image.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    const settled = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) {
      promise.catch(() => {});
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(settled);
  });
}

/**
 * Hands each chunk of `input` to `take`, one after the other. When the signal aborts or `take`
 * fails, the input is closed and the reason thrown at once, even if the input never answers.
 */
export async function eachChunk(
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  take: (bytes: Uint8Array) => Promise<void> | void,
): Promise<void> {
  const iterator = input[Symbol.asyncIterator]();
  let open = true;
  try {
    for (;;) {
      const { done, value } = await abortable(iterator.next(), signal);
      if (done) {
        open = false;
        return;
      }
      await take(value);
    }
  } finally {
    // Not awaited: a generator that hangs in `next` answers `return` only after that.
    if (open) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
