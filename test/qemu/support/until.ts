import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something that has no event is so. */
export async function until(condition: () => boolean, timeoutMs: number): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs / 1000} s`);
    await sleep(50);
  }
}
