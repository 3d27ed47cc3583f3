import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from './test-parts.ts';
import type { Outcome } from './test-report.ts';

/** The outcomes of parts that have passed, in files, for the run that continues an interrupted one. */
export interface KeptOutcomes {
  /** That of the same command in the same state of the checkout; undefined: it has to run. */
  find(part: Part): Outcome | undefined;
  /** Does nothing with one that failed. */
  keep(part: Part, outcome: Outcome): void;
}

/**
 * `NAME.passed.json` in `directory`. `now` says in which state the checkout is, for which alone they count;
 * undefined: for none. A part in which it has changed is not kept.
 */
export function keptOutcomes(directory: string, now: () => string | undefined): KeptOutcomes {
  const state = now();
  const fileOf = ({ name }: Part) => join(directory, `${name}.passed.json`);
  return {
    find(part) {
      if (state === undefined) return undefined;
      try {
        const { of, outcome } = JSON.parse(readFileSync(fileOf(part), 'utf8'));
        return of === keyOf(part, state) ? { ...outcome, wasKept: true } : undefined;
      } catch {
        // It did not run, or was interrupted while it wrote.
        return undefined;
      }
    },
    keep(part, outcome) {
      if (state === undefined || outcome.fault !== undefined || now() !== state) return;
      writeFileSync(fileOf(part), JSON.stringify({ of: keyOf(part, state), outcome }));
    },
  };
}

const keyOf = ({ command }: Part, state: string) => [state, ...command].join(' ');

/** The commit that is checked out; undefined where a file differs from it, or Git cannot tell. */
export function checkedOut(root: string): string | undefined {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return git('status', '--porcelain') === '' ? git('rev-parse', 'HEAD') : undefined;
  } catch {
    return undefined;
  }
}
