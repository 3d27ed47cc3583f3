import type { FailureCode, FailureKind } from './failure-codes.ts';

/**
 * The one error family of the installer.
 *
 * Every failure that a user can cause or meet says three things in one line: what failed (and on
 * what), why, and what to do next. Its code says the cause to a program. Anything that is not an
 * `InstallerError` is a bug in the installer.
 */

/** Exit codes of the program; `docs/exit-codes.md` explains each. */
export const exitCodes = {
  installed: 0,
  internal: 1,
  parameters: 2,
  target: 3,
  input: 4,
  write: 5,
  /** Added to the signal's number: 130 for SIGINT, 143 for SIGTERM. */
  signalBase: 128,
} as const;

/** Why something failed, before it is known what that means for the whole. */
export interface Reason<Code extends FailureCode = FailureCode> {
  /** For programs; see `failure-codes.ts`. */
  readonly code: Code;
  /** The reason, without a final full stop: `/dev/sdb1 is mounted on /home`. */
  readonly why: string;
  /** What the user does next, as a sentence: `Unmount it, or choose another device.` */
  readonly next: string;
}

export interface Failure<Code extends FailureCode = FailureCode> extends Reason<Code> {
  /** What could not be done, on what: `Cannot write to /dev/sdb`. */
  readonly failed: string;
  /** Where there are several reasons, each by itself. */
  readonly reasons?: readonly string[];
}

/** The failures that end with one exit code. */
export type FailureOf<Kind extends FailureKind> = Failure<FailureCode<Kind>>;

export class InstallerError extends Error {
  override readonly name: string = 'InstallerError';
  readonly exitCode: number;
  readonly failure: Failure;
  readonly #atMs = performance.now();

  constructor(failure: Failure, exitCode: number, options?: ErrorOptions) {
    super(`${failure.failed}: ${failure.why}. ${failure.next}`, options);
    this.failure = failure;
    this.exitCode = exitCode;
  }

  /** Whether it happened before a moment of `performance.now()`, such as that of a signal. */
  isOlderThan(timeMs: number): boolean {
    return this.#atMs < timeMs;
  }
}

/** Wrong or missing parameters (exit code 2). */
export class ParameterError extends InstallerError {
  override readonly name = 'ParameterError';
  constructor(failure: FailureOf<'parameters'>, options?: ErrorOptions) {
    super(failure, exitCodes.parameters, options);
  }
}

/** The target device was refused (exit code 3). */
export class TargetError extends InstallerError {
  override readonly name = 'TargetError';
  constructor(failure: FailureOf<'target'>, options?: ErrorOptions) {
    super(failure, exitCodes.target, options);
  }
}

/** The image or the config could not be fetched, or is invalid (exit code 4). */
export class InputError extends InstallerError {
  override readonly name = 'InputError';
  constructor(failure: FailureOf<'input'>, options?: ErrorOptions) {
    super(failure, exitCodes.input, options);
  }
}

/** Writing or configuring the disk failed (exit code 5). */
export class WriteError extends InstallerError {
  override readonly name = 'WriteError';
  constructor(failure: FailureOf<'write'>, options?: ErrorOptions) {
    super(failure, exitCodes.write, options);
  }
}

/**
 * The failure that came first, where clean-up failed after it too: what the user has to know is
 * why the work stopped, not that the clean-up failed as well.
 */
export function firstFailure(error: unknown): unknown {
  return error instanceof SuppressedError ? firstFailure(error.suppressed) : error;
}
