import { availableParallelism } from 'node:os';
import { fetchOptions } from '../../fetch/options/fetch-options.ts';
import type { SourceOptions } from '../../fetch/source.ts';
import { DiskStatus, describeDiskState } from '../../install/disk-state.ts';
import { dryRun, type Installed, install } from '../../install/install.ts';
import { exitCodes, InstallerError } from '../../lib/errors.ts';
import { withCode } from '../../lib/failure-codes.ts';
import { maskUrl } from '../../lib/mask-url.ts';
import type { Outcome } from '../../notify/notification.ts';
import { findFetching } from '../../parameters/fetching.ts';
import { find, knownFlags, knownValues } from '../../parameters/find.ts';
import { withoutIgnored } from '../../parameters/ignored-arguments.ts';
import { judgeArguments } from '../../parameters/judge-arguments.ts';
import { readKernelArguments } from '../../parameters/kernel-cmdline.ts';
import { isHttpUrl, splitUrls } from '../../parameters/notify-urls.ts';
import { parameterFilePath, readParameterFiles } from '../../parameters/parameter-files.ts';
import type { ParameterOptions } from '../../parameters/parameters.ts';
import { type Remembered, rememberParameters } from '../../parameters/remember.ts';
import { type ParameterSources, resolveParameters } from '../../parameters/resolve.ts';
import { abortOnSignals, Interrupted } from '../../system/signals.ts';
import { onLostOutput } from '../../system/standard-output.ts';
import { atMostEvery } from '../../ui/at-most-every.ts';
import type { Asker } from '../../ui/dialogue/asker.ts';
import { openAsker, wantsDialogue } from '../../ui/dialogue/open-asker.ts';
import type { Display, FailureReport } from '../../ui/display/events.ts';
import type { ProgressMode } from '../../ui/display/modes.ts';
import { openDisplay } from '../../ui/display/open-display.ts';
import { warn } from '../../ui/output.ts';
import { decoderMemoryBytes } from './memory.ts';
import { standardInputEnd } from './standard-input.ts';
import { tellSteps } from './steps.ts';
import { tryAgainCommand } from './try-again.ts';

export type CommandOptions = ParameterOptions & {
  /** How many blocks are decoded at the same time; undefined: as the machine has cores. */
  readonly jobs?: number;
  readonly progress: ProgressMode;
  readonly quiet?: true;
  /** False: nobody is asked for what is missing. */
  readonly prompt: boolean;
  readonly dryRun?: true;
  readonly logFile?: string;
  readonly debug?: true;
  /** Standard input is held open by whoever makes the machine ready, and ends when it is. */
  readonly afterStdin?: true;
  /** Where to write a line for each event, for scripts. */
  readonly statusFd?: number;
  /** Only with `dryRun`. */
  readonly json?: true;
};

const comparedIntervalMs = 2000;

/** One run of the program, from the first line to the last. */
interface Run {
  readonly options: CommandOptions;
  readonly startedAt: Date;
  readonly display: Display;
  readonly signal: AbortSignal;
  readonly status: DiskStatus;
  /** Filled in as they become known, so that also a failure can be told with them. */
  sources?: ParameterSources;
  kept?: Remembered['kept'];
  fetching?: SourceOptions;
}

/** Installs, telling what happens; returns the exit code. Throws nothing. */
export async function runInstall(options: CommandOptions): Promise<number> {
  const status = new DiskStatus();
  try {
    return await showInstall(options, status);
  } catch (error) {
    // No display could be opened, or one has failed while it told of the end.
    const { code, reason, exitCode } = describeCause(error);
    for (const line of [reason, withCode(describeDiskState(status), code)]) warn(line);
    return exitCode;
  }
}

async function showInstall(options: CommandOptions, status: DiskStatus): Promise<number> {
  using display = await openDisplay(options);
  const lost = (what: string) =>
    display.show({ event: 'warning', text: `${what}; the installation goes on.` });
  using interruption = abortOnSignals({
    // What was on the disk is lost by then: only a complete installation helps anybody.
    goesOn: () => status.state !== 'untouched',
    onGone: () => lost('The terminal is gone (SIGHUP)'),
  });
  using _ = options.dryRun
    ? undefined
    : onLostOutput(({ message }) => lost(`Standard output takes nothing more (${message})`));
  const { signal } = interruption;
  const run: Run = { options, startedAt: new Date(), display, signal, status };
  display.show({ event: 'begin' });
  try {
    await tryInstall(run);
    return exitCodes.installed;
  } catch (error) {
    const failure = report(interruption.whatEnded(error), run);
    await notifyServers(run, { result: 'failed', failure });
    display.show({ event: 'failed', failure, cause: error });
    return failure.exitCode;
  }
}

async function tryInstall(run: Run): Promise<void> {
  const { options, display, signal, status } = run;
  const files = await readParameterFiles();
  run.sources = { options, files, kernel: withoutIgnored(await readKernelArguments(), files) };
  // Before anybody is asked: what is not understood ends the run, whatever the answers.
  judgeArguments(run.sources);
  const asker = wantsDialogue(run.sources, options) ? await openAsker(signal) : undefined;
  if (asker !== undefined) run.sources = await withAnswers(run, run.sources, asker);
  const parameters = resolveParameters(run.sources);
  display.show({ event: 'parameters', parameters });
  if (!options.dryRun) {
    const { kept, note } = await rememberParameters(parameters);
    run.kept = kept;
    if (note !== undefined) display.show({ event: 'note', text: note });
  }
  if (options.afterStdin) await standardInputEnd(signal);
  const fetch = await fetchOptions(parameters, process.env);
  run.fetching = {
    ...fetch.source,
    onWait: (waiting) => display.show({ event: 'waiting', waiting }),
    onReread: (again) => display.show({ event: 'rereading', again }),
  };
  for (const text of fetch.warnings) display.show({ event: 'warning', text });

  const jobs = options.jobs ?? Math.max(2, availableParallelism());
  const memoryLimitBytes = decoderMemoryBytes();
  const planOptions = { signal, memoryLimitBytes, source: run.fetching };
  const steps = tellSteps(display);
  if (options.dryRun) {
    steps.begin('plan');
    const plan = await dryRun(parameters, { plan: planOptions, status });
    steps.end();
    display.show({ event: 'plan', plan });
    display.show({ event: 'planned', plan });
    return;
  }
  const installed = await install(parameters, {
    status,
    plan: planOptions,
    pipeline: {
      signal,
      memoryLimitBytes,
      jobs,
      onProgress: (progress) => display.show({ event: 'progress', progress }),
    },
    onPlan: async (plan) => {
      steps.end();
      display.show({ event: 'plan', plan });
      if (asker !== undefined)
        await (await import('../../ui/dialogue/dialogue.ts')).confirm(plan.target, asker);
    },
    onCompared: atMostEvery(comparedIntervalMs, (comparedBytes) =>
      display.show({ event: 'compared', comparedBytes }),
    ),
    onStep: steps.begin,
  });
  for (const text of installed.warnings) display.show({ event: 'warning', text });
  steps.end();
  await tellInstalled(run, installed);
  if (asker !== undefined) {
    display.show({ event: 'same-again', command: sameAgain(run) });
  }
}

/** How long a server is waited for while somebody waits at the prompt. */
const promptPatienceMs = 3_000;

async function withAnswers({ signal }: Run, sources: ParameterSources, asker: Asker) {
  const { askForMissing } = await import('../../ui/dialogue/dialogue.ts');
  const { source } = await fetchOptions(findFetching(sources, []), process.env);
  const answers = await askForMissing(sources, {
    asker,
    signal,
    memoryLimitBytes: decoderMemoryBytes(),
    source: { ...source, retryForMs: promptPatienceMs },
  });
  return { ...sources, options: { ...sources.options, ...answers } };
}

async function tellInstalled(run: Run, installed: Installed): Promise<void> {
  const elapsedMs = Date.now() - run.startedAt.getTime();
  await notifyServers(run, { result: 'installed', installed });
  run.display.show({ event: 'installed', installed, elapsedMs });
}

/** What goes wrong here is told, and changes nothing. */
async function notifyServers(run: Run, outcome: Outcome): Promise<void> {
  const { options, sources, display, startedAt, signal, fetching = {} } = run;
  const given = sources === undefined ? undefined : knownValues(sources).notifyUrl;
  const urls = splitUrls(given ?? '').filter(isHttpUrl);
  if (urls.length === 0 || options.dryRun) return;
  const { notify } = await import('../../notify/notification.ts');
  display.show({ event: 'notifying', urls: urls.map(maskUrl) });
  const untold = await notify({ urls, source: fetching, startedAt, signal }, outcome);
  for (const text of untold) display.show({ event: 'warning', text });
}

function sameAgain({ sources, kept }: Run): string {
  if (sources === undefined) return tryAgainCommand({});
  return tryAgainCommand(knownValues(sources), knownFlags(sources), (key) => {
    const origin = find(key, sources, [])?.origin;
    const isInFile = origin?.kind === 'file' || kept?.has(key);
    if (isInFile) return { file: parameterFilePath(key, sources.files.directory) };
    return origin?.kind === 'kernel' ? 'same-place' : undefined;
  });
}

function report(cause: unknown, run: Run): FailureReport {
  return { ...describeCause(cause), disk: run.status, command: sameAgain(run) };
}

function describeCause(cause: unknown): Pick<FailureReport, 'code' | 'reason' | 'exitCode'> {
  if (cause instanceof Interrupted)
    return { code: cause.code, reason: cause.message, exitCode: cause.exitCode };
  if (cause instanceof InstallerError)
    return { code: cause.failure.code, reason: cause.message, exitCode: cause.exitCode };
  const { stack } = cause as Error;
  const where = stack?.split(/\s*\n\s*/).join('; ') ?? String(cause);
  const reason = `This is a fault of the installer itself, please report it: ${where}`;
  return { code: 'internal-error', reason, exitCode: exitCodes.internal };
}
