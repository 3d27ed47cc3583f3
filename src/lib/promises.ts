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

/** As `Promise.all`, but it rejects only when all of them have settled. */
export async function settleAll<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return await Promise.all(works);
}

/** Runs what it is given at any time, at most `limit` at once, in the order of the calls. */
export function atMost(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes to the next one, or becomes free.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

/** Wakes all who wait for a change; each checks for itself what has changed. */
export class Condition {
  #next: PromiseWithResolvers<void> | undefined;

  notify(): void {
    this.#next?.resolve();
    this.#next = undefined;
  }

  wait(): Promise<void> {
    this.#next ??= Promise.withResolvers<void>();
    return this.#next.promise;
  }
}
