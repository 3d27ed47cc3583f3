import type { SourceOptions } from '../fetch/source.ts';
import type { AlreadyInstalled, Installed } from '../install/install.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { version } from '../lib/version.ts';
import type { FailureReport } from '../ui/display/events.ts';
import { resultData } from '../ui/display/plan-data.ts';
import { withoutSecrets } from '../ui/output.ts';
import { type MachineReport, reportMachine } from './machine.ts';
import { postJson, whyNot } from './post.ts';

/** Incremented when a member changes its meaning or is removed; see docs/notify.md. */
const schemaVersion = 1;
/** A provisioning server may be restarting at that moment. */
const normally = { retryForMs: 30_000, atMostMs: 60_000 };
/** The machine is complete, and has sent this before: it soon goes on to its disk, also if the server is down. */
const ifThere = { retryForMs: 5_000, atMostMs: 10_000 };
/** After a signal the user waits for the program to end, and systemd kills it if that takes long. */
const afterSignal = { retryForMs: 0, atMostMs: 5_000 };

export interface Notification {
  readonly urls: readonly string[];
  readonly source: SourceOptions;
  readonly startedAt: Date;
  readonly installId?: string | undefined;
  /** Of the whole run. If aborted before, the time limits are short; if aborted during it, it gives up. */
  readonly signal: AbortSignal;
}

export type Outcome =
  | { readonly result: 'installed'; readonly installed: Installed | AlreadyInstalled }
  | { readonly result: 'failed'; readonly failure: FailureReport };

/**
 * Notifies every server of the result, all at the same time, within a bounded time. Never throws:
 * resolves with a sentence for each server that could not be notified.
 */
export async function notify(
  { urls, source, startedAt, installId, signal }: Notification,
  outcome: Outcome,
): Promise<string[]> {
  const about = { startedAt, finishedAt: new Date(), installId };
  const body = notificationBody(outcome, about, await reportMachine());
  const { retryForMs, atMostMs } = limitsOf(outcome, signal);
  const timeout = AbortSignal.timeout(atMostMs);
  const until = signal.aborted ? timeout : AbortSignal.any([timeout, signal]);
  const failures = urls.map(async (url) => {
    try {
      await postJson(url, body, { source, retryForMs }, until);
      return undefined;
    } catch (error) {
      return `Could not notify ${maskUrl(url)} of the result: ${whyNot(error, atMostMs)}.`;
    }
  });
  return (await Promise.all(failures)).filter((failure) => failure !== undefined);
}

/** How long the servers are tried, each. */
export function limitsOf(outcome: Outcome, { aborted }: Pick<AbortSignal, 'aborted'>) {
  if (aborted) return afterSignal;
  return outcome.result === 'installed' && 'found' in outcome.installed ? ifThere : normally;
}

interface About {
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly installId?: string | undefined;
}

/** The JSON object that is sent. */
export function notificationBody(
  outcome: Outcome,
  { startedAt, finishedAt, installId }: About,
  machine: MachineReport,
): object {
  return withoutSecrets({
    schemaVersion,
    result: outcome.result,
    installId,
    installer: version,
    machine,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    ...(outcome.result === 'installed'
      ? resultData(outcome.installed)
      : failureData(outcome.failure)),
  });
}

function failureData({ code, reason, exitCode, disk }: FailureReport) {
  return { exitCode, code, reason, target: { path: disk.path }, diskState: disk.state };
}
