import { closest, distance } from 'fastest-levenshtein';
import { printable } from './text.ts';

/** `; the nearest is concurrency` for a name that is close to a known one, otherwise nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const short = printable(name.slice(0, 60));
  const near = closest(short, known);
  const isClose = near !== undefined && distance(short, near) <= Math.max(2, short.length / 3);
  return isClose && near !== short ? `; the nearest is ${near}` : '';
}
