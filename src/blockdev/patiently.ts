import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from './command.ts';

const delaysMs = [50, 100, 200, 400, 800, 1600];

/**
 * Repeats a tool that fails for about three seconds. Who looks at disks or mounts (udev, monitoring,
 * an indexer, another installer) has one open for a moment, and nothing tells when it has left.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const delayMs of delaysMs) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      await delay(delayMs);
    }
  }
  return await work();
}
