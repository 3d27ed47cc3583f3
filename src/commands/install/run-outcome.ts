import type { SourceOptions } from '../../fetch/source.ts';
import type { DiskStatus } from '../../install/disk-state.ts';
import { exitCodes, InstallerError } from '../../lib/errors.ts';
import { maskUrl } from '../../lib/mask-url.ts';
import type { Outcome } from '../../notify/notification.ts';
import type { TodaysCommand } from '../../parameters/dialects.ts';
import { find, knownFlags, knownValues } from '../../parameters/find.ts';
import { installIdOf, isHttpUrl } from '../../parameters/formats.ts';
import { words } from '../../parameters/lists.ts';
import { parameterFilePath } from '../../parameters/parameter-files.ts';
import type { ParameterOptions } from '../../parameters/parameters.ts';
import type { Remembered } from '../../parameters/remember.ts';
import type { ParameterSources } from '../../parameters/resolve.ts';
import { Interrupted } from '../../system/signals.ts';
import type { Display, FailureReport } from '../../ui/display/events.ts';
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
}

/** Errors of notifying are shown as warnings. */
export async function notifyServers(run: Run, outcome: Outcome): Promise<void> {
  const { options, sources, display, startedAt, signal, fetching = {} } = run;
  const given = sources === undefined ? {} : knownValues(sources);
  const urls = words.split(given.notifyUrl ?? '').filter(isHttpUrl);
  if (urls.length === 0 || options.dryRun) return;
  const { notify } = await import('../../notify/notification.ts');
  display.show({ event: 'notifying', urls: urls.map(maskUrl) });
  const warnings = await notify(
    { urls, source: fetching, startedAt, signal, installId: installIdOf(given.installId ?? '') },
    outcome,
  );
  for (const text of warnings) display.show({ event: 'warning', text });
}

/** The command that repeats this run without prompts. */
export function sameAgain({ sources, kept }: Run): string {
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
  const { sources, status: disk } = run;
  const installId = installIdOf((sources && knownValues(sources).installId) ?? '');
  return {
    ...describeCause(cause),
    ...(installId !== undefined && { installId }),
    ...{ disk, command: sameAgain(run) },
  };
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
