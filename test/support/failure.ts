import { expect } from 'vitest';
import { exitCodes } from '../../src/lib/errors.ts';
import { type FailureCode, failureCodes } from '../../src/lib/failure-codes.ts';
import type { InstallerResult } from './installer.ts';

/** The kinds with a single exit code; signals have several. */
export type Settled = Exclude<FailureCode, FailureCode<'signal'>>;

/** The exit code that a failure of this code ends with. */
export function exitCodeOf(code: Settled): number {
  const { signal: _, ...kinds } = failureCodes;
  const found = Object.entries(kinds).find(([, codes]) =>
    (codes as readonly string[]).includes(code),
  );
  return exitCodes[found?.[0] as keyof typeof kinds];
}

/** Expects that a program failed with this code, or one of these, and with its exit code. */
export function expectFailure(run: InstallerResult, ...codes: readonly Settled[]): void {
  const { exitCode, stderr } = run;
  const expected = codes.map((code) => ({ code, exitCode: exitCodeOf(code) }));
  expect(expected, stderr).toContainEqual({ code: run.code, exitCode });
}

/** For `toThrow` and `rejects.toThrow`: an `InstallerError` with that code. */
export function failure(code: Settled): Error {
  return expect.objectContaining({
    exitCode: exitCodeOf(code),
    failure: expect.objectContaining({ code }),
  });
}
