import { setTimeout as delay } from 'node:timers/promises';

const delaysMs = [50, 100, 200, 400, 800, 1600];

/**
 * Repeats for about three seconds what fails because something is in use. Programs that look at
 * disks (udev, monitoring, another installer) have them open briefly, and no event says when they
 * are done.
 */
export async function retryWhile<T>(
  work: () => T | Promise<T>,
  isPassing: (error: unknown) => boolean,
): Promise<T> {
  for (const delayMs of delaysMs) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await delay(delayMs);
    }
  }
  return await work();
}

/** Whether an error of the system is one of these: `EBUSY`. */
export function hasCode(...codes: readonly string[]): (error: unknown) => boolean {
  return (error) => codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
