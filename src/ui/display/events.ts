import type { Rereading, Waiting } from '../../fetch/source.ts';
import type { DiskStatus } from '../../install/disk-state.ts';
import type { AlreadyInstalled, Installed, Step } from '../../install/install.ts';
import type { ProgressEvent } from '../../install/pipeline.ts';
import type { FailureCode } from '../../lib/failure-codes.ts';
import type { Parameters } from '../../parameters/parameters.ts';
import type { Plan } from '../../plan/plan.ts';

/** Everything that a run reports, in the order in which it happens; each display shows it in its way. */
export type InstallEvent =
  | { readonly event: 'begin' }
  | { readonly event: 'parameters'; readonly parameters: Parameters }
  | { readonly event: 'note' | 'warning'; readonly text: string }
  | { readonly event: 'step-begins'; readonly step: Step }
  | { readonly event: 'step-ends'; readonly step: Step; readonly elapsedMs: number }
  | { readonly event: 'plan'; readonly plan: Plan }
  | { readonly event: 'waiting'; readonly waiting: Waiting }
  | { readonly event: 'rereading'; readonly again: Rereading }
  | { readonly event: 'progress'; readonly progress: ProgressEvent }
  /** How much of the disk was read back, with `--verify`. */
  | { readonly event: 'compared'; readonly comparedBytes: number }
  /** Servers are being notified of the result; secrets masked. */
  | { readonly event: 'notifying'; readonly urls: readonly string[] }
  /** The first time that a server did not accept the progress. */
  | { readonly event: 'progress-not-sent'; readonly text: string }
  /** The end of a dry run. */
  | { readonly event: 'planned'; readonly plan: Plan | AlreadyInstalled }
  | {
      readonly event: 'installed';
      readonly installed: Installed | AlreadyInstalled;
      readonly elapsedMs: number;
    }
  /** After a dialogue: the command that does the same without one. */
  | { readonly event: 'same-again'; readonly command: string }
  /** `cause` is everything that was thrown, also while cleaning up, for a log. */
  | { readonly event: 'failed'; readonly failure: FailureReport; readonly cause: unknown };

/** The end of a run that failed. */
export interface FailureReport {
  readonly code: FailureCode;
  /** What failed, why, and what to do next, in sentences. */
  readonly reason: string;
  readonly exitCode: number;
  readonly installId?: string;
  readonly disk: Readonly<DiskStatus>;
  /** The command to try. */
  readonly command: string;
}

export interface Display extends Disposable {
  show(event: InstallEvent): void;
}

/** What `--progress` takes. */
export const progressModes = ['auto', 'bar', 'lines', 'json', 'none'] as const;
export type ProgressMode = (typeof progressModes)[number];
