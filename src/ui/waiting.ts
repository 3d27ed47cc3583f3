import type { Rereading, Waiting } from '../fetch/source.ts';
import { formatBytes } from '../lib/quantities.ts';

/** A serial console is slow and short: the same reason is repeated only after this time. */
const againAfterMs = 15_000;

/**
 * Reports what is being waited for, and since when: at once for a new reason, and at intervals while
 * it stays the same.
 */
export function tellWaiting(print: (line: string) => void): (waiting: Waiting) => void {
  return newsOfWaiting((waiting) => {
    const since = waiting.sinceMs < 1000 ? '' : ` (for ${Math.round(waiting.sinceMs / 1000)} s)`;
    print(`Waiting for ${waiting.name}: ${waiting.reason}${since}.`);
  });
}

/** Passes on what is worth reporting, as for `tellWaiting`. */
export function newsOfWaiting(report: (waiting: Waiting) => void): (waiting: Waiting) => void {
  let last: Waiting | undefined;
  return (waiting) => {
    const same = last?.name === waiting.name && last.reason === waiting.reason;
    const sinceLastMs = waiting.sinceMs - (last?.sinceMs ?? 0);
    if (same && sinceLastMs >= 0 && sinceLastMs < againAfterMs) return;
    last = waiting;
    report(waiting);
  };
}

/** Explains why the progress stops for a while although data arrives. */
export function describeRereading({ name, sizeBytes }: Rereading): string {
  return (
    `${name}: the server cannot resume the download; ` +
    `the first ${formatBytes(sizeBytes)} are downloaded again and compared.`
  );
}
