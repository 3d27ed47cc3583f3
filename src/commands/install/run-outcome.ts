import { fetchOptions } from '../../fetch/options/fetch-options.ts';
import type { SourceOptions } from '../../fetch/source.ts';
import type { DiskStatus } from '../../install/disk-state.ts';
import { exitCodes, InstallerError } from '../../lib/errors.ts';
import { maskUrl } from '../../lib/mask-url.ts';
import type { Outcome } from '../../notify/notification.ts';
import type { ProgressReports } from '../../notify/progress-reports.ts';
import type { TodaysCommand } from '../../parameters/dialects.ts';
import { find, knownFlags, knownValues } from '../../parameters/find.ts';
import { installIdOf, isHttpUrl } from '../../parameters/formats.ts';
import { words } from '../../parameters/lists.ts';
import { parameterFilePath } from '../../parameters/parameter-files.ts';
import type { ParameterOptions, Parameters } from '../../parameters/parameters.ts';
import type { Remembered } from '../../parameters/remember.ts';
import { findFetching, type ParameterSources } from '../../parameters/resolve.ts';
import { Interrupted } from '../../system/signals.ts';
import type { Display, FailureReport, InstallEvent } from '../../ui/display/events.ts';
import type { RunOptions } from './run-options.ts';
import { todaysCommandAgain, tryAgainCommand } from './try-again.ts';

export type CommandOptions = ParameterOptions &
  RunOptions & {
    /** Given after the word `install`: nothing is read from /tmp and the kernel's arguments then. */
    readonly command?: TodaysCommand;
    /** Number of retries, instead of a time. */
    readonly fetchRetries?: number;
    /** Kernel arguments for the first boot. */
    readonly firstbootArgs?: string;
  };

/** One run of the program, from the first line to the last. */
export interface Run {
  readonly options: CommandOptions;
  readonly startedAt: Date;
  readonly display: Display;
  readonly signal: AbortSignal;
  readonly status: DiskStatus;
  /** Set as soon as they are known, for the report of a failure. */
  sources?: ParameterSources;
  kept?: Remembered['kept'];
  fetching?: SourceOptions;
  /** The events that a server gets. */
  reports?: ProgressReports;
}

/** How long the last events may take, and after a signal. */
const lastEventsMs = { usually: 3_000, afterSignal: 1_000 };

/** From now on a server gets the events, those that were before it was known first. */
export async function startReports(run: Run, parameters: Parameters): Promise<void> {
  const { display, options, fetching: source = {} } = run;
  const { progressUrl, installId } = parameters;
  if (progressUrl === undefined || options.dryRun) return;
  const { ProgressReports } = await import('../../notify/progress-reports.ts');
  const reports = new ProgressReports({
    url: progressUrl.value,
    installId: installId?.value,
    source,
    onTrouble: (text) => display.show({ event: 'progress-not-sent', text }),
  });
  reports.show({ event: 'begin' });
  reports.show({ event: 'parameters', parameters });
  run.reports = reports;
}

/** The end of a run: servers get it before it is shown, as what started the run may then reboot. */
export async function conclude(run: Run, outcome: Outcome, last: InstallEvent): Promise<void> {
  const { usually, afterSignal } = lastEventsMs;
  await run.reports?.finish(last, run.signal.aborted ? afterSignal : usually);
  await notifyServers(run, outcome);
  run.display.show(last);
}

/** Errors of notifying are shown as warnings. */
async function notifyServers(run: Run, outcome: Outcome): Promise<void> {
  const { options, sources, display, startedAt, signal } = run;
  const given = sources === undefined ? undefined : knownValues(sources).notifyUrl;
  const urls = words.split(given ?? '').filter(isHttpUrl);
  if (urls.length === 0 || options.dryRun) return;
  const { notify } = await import('../../notify/notification.ts');
  display.show({ event: 'notifying', urls: urls.map(maskUrl) });
  const installId = knownInstallId(run);
  const source = await fetchingKnown(run);
  const warnings = await notify({ urls, source, startedAt, signal, installId }, outcome);
  for (const text of warnings) display.show({ event: 'warning', text });
}

/** How servers are reached, also after a failure that was before that was needed. */
async function fetchingKnown({ fetching, sources }: Run): Promise<SourceOptions> {
  if (fetching !== undefined || sources === undefined) return fetching ?? {};
  try {
    return (await fetchOptions(findFetching(sources), process.env)).source;
  } catch {
    // It may be what the server is notified of.
    return {};
  }
}

/** The command that repeats this run without prompts. */
export function sameAgain({ sources, kept }: Pick<Run, 'sources' | 'kept'>): string {
  if (sources === undefined) return tryAgainCommand({});
  if (sources.command) return todaysCommandAgain(sources.command, knownValues(sources).device);
  return tryAgainCommand(knownValues(sources), knownFlags(sources), (key) => {
    const origin = find(key, sources, [])?.origin;
    const isInFile = origin?.kind === 'file' || kept?.has(key);
    if (isInFile) return { file: parameterFilePath(key, sources.files.directory) };
    const isFound = origin?.kind === 'kernel' || origin?.kind === 'config';
    return isFound ? 'same-place' : undefined;
  });
}

export function reportFailure(cause: unknown, run: Run): FailureReport {
  const installId = knownInstallId(run);
  return {
    ...describeCause(cause),
    ...(installId !== undefined && { installId }),
    ...{ disk: run.status, command: sameAgain(run) },
  };
}

/** Also of a run that failed before its parameters were checked. */
function knownInstallId({ sources }: Run): string | undefined {
  return installIdOf((sources && knownValues(sources).installId) ?? '');
}

export function describeCause(cause: unknown): Pick<FailureReport, 'code' | 'reason' | 'exitCode'> {
  if (cause instanceof Interrupted)
    return { code: cause.code, reason: cause.message, exitCode: cause.exitCode };
  if (cause instanceof InstallerError)
    return { code: cause.failure.code, reason: cause.message, exitCode: cause.exitCode };
  const { stack } = cause as Error;
  const where = stack?.split(/\s*\n\s*/).join('; ') ?? String(cause);
  const reason = `This is a bug in coreos-installer, please report it: ${where}`;
  return { code: 'internal-error', reason, exitCode: exitCodes.internal };
}
