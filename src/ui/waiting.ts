import type { Rereading, Waiting } from '../fetch/source.ts';
import { formatBytes } from '../lib/format-bytes.ts';

/** A serial console is slow and short: the same reason is told again only after this time. */
const againAfterMs = 15_000;

/**
 * Tells what is waited for and since when: at once for a new reason, and now and then while it
 * stays the same.
 */
export function tellWaiting(tell: (line: string) => void): (waiting: Waiting) => void {
  return newsOfWaiting((waiting) => {
    const since = waiting.sinceMs < 1000 ? '' : ` (for ${Math.round(waiting.sinceMs / 1000)} s)`;
    tell(`Waiting for ${waiting.name}: ${waiting.reason}${since}.`);
  });
}

/** Hands on what is worth telling, as `tellWaiting` does. */
export function newsOfWaiting(tell: (waiting: Waiting) => void): (waiting: Waiting) => void {
  let told: Waiting | undefined;
  return (waiting) => {
    const same = told?.name === waiting.name && told.reason === waiting.reason;
    const sinceToldMs = waiting.sinceMs - (told?.sinceMs ?? 0);
    if (same && sinceToldMs >= 0 && sinceToldMs < againAfterMs) return;
    told = waiting;
    tell(waiting);
  };
}

/** Why nothing seems to come for a while, though bytes do. */
export function describeRereading({ name, sizeBytes }: Rereading): string {
  return (
    `${name}: the server cannot go on where it stopped; ` +
    `the first ${formatBytes(sizeBytes)} come again and are compared.`
  );
}
