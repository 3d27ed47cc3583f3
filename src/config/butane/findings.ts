import { codeOf, type Finding } from '../ignition/finding.ts';
import type { Place } from './yaml-places.ts';

/** More than anybody reads before the first few are corrected. */
const mostFindings = 50;

/** Collects what is wrong with a config; each thing once. */
export class Findings {
  readonly list: Finding[] = [];
  failed = false;
  readonly #seen = new Set<string>();

  add(
    severity: 'error' | 'warning',
    place: Place | undefined,
    message: string,
    next?: string,
    code = codeOf(severity),
  ): void {
    const { line, column, path } = place ?? { line: 1, column: 1, path: '' };
    const key = `${severity} ${line}:${column} ${path} ${message}`;
    if (severity === 'error') this.failed = true;
    if (this.#seen.has(key) || this.full) return;
    this.#seen.add(key);
    this.list.push({ severity, code, path, line, column, message, ...(next && { next }) });
  }

  /** Whether further findings are not kept. */
  get full(): boolean {
    return this.list.length >= mostFindings;
  }

  error(place: Place | undefined, message: string, next?: string): void {
    this.add('error', place, message, next);
  }

  /** What is not YAML, or not supported. */
  syntaxError(place: Place | undefined, message: string, next?: string): void {
    this.add('error', place, message, next, 'config-syntax-invalid');
  }

  versionError(place: Place | undefined, message: string, next?: string): void {
    this.add('error', place, message, next, 'config-version-unsupported');
  }

  warn(place: Place | undefined, message: string, next?: string): void {
    this.add('warning', place, message, next);
  }
}
