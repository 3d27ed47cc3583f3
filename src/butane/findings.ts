import type { Finding, Severity } from '../ignition/finding.ts';
import type { Place } from './places.ts';

/** Collects what is wrong with a config; each thing once. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #seen = new Set<string>();

  add(severity: Severity, place: Place | undefined, message: string, next?: string): void {
    const { line, column, path } = place ?? { line: 1, column: 1, path: '' };
    const key = `${severity} ${line}:${column} ${path} ${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.list.push({ severity, path, line, column, message, ...(next && { next }) });
  }

  error(place: Place | undefined, message: string, next?: string): void {
    this.add('error', place, message, next);
  }

  warn(place: Place | undefined, message: string, next?: string): void {
    this.add('warning', place, message, next);
  }

  get failed(): boolean {
    return this.list.some(({ severity }) => severity !== 'warning');
  }
}
