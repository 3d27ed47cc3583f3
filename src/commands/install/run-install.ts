import { finished } from 'node:stream/promises';
import { fetchOptions } from '../../fetch/options/fetch-options.ts';
import type { SourceOptions } from '../../fetch/source.ts';
import { DiskStatus, describeDiskState } from '../../install/disk-state.ts';
import {
  type AlreadyInstalled,
  dryRun,
  type Installed,
  install,
  type Step,
} from '../../install/install.ts';
import { exitCodes } from '../../lib/errors.ts';
import { withCode } from '../../lib/failure-codes.ts';
import { judgeArguments } from '../../parameters/judge-arguments.ts';
import { forgetDevice, rememberParameters } from '../../parameters/remember.ts';
import {
  findFetching,
  type ParameterSources,
  resolveParameters,
} from '../../parameters/resolve.ts';
import { nameOfPartition } from '../../plan/partition-fates.ts';
import { abortOnSignals } from '../../system/signals.ts';
import { onLostOutput } from '../../system/standard-output.ts';
import { atMostEvery } from '../../ui/at-most-every.ts';
import type { Asker } from '../../ui/dialogue/asker.ts';
import { askedAgain, openAsker, wantsDialogue } from '../../ui/dialogue/open-asker.ts';
import type { Display } from '../../ui/display/events.ts';
import { openDisplay } from '../../ui/display/open-display.ts';
import { warn } from '../../ui/output.ts';
import { decoderMemoryBytes, defaultJobs } from '../decoder-limits.ts';
import { readSources } from './read-sources.ts';
import {
  type CommandOptions,
  conclude,
  describeCause,
  type Run,
  reportFailure,
  sameAgain,
  startReports,
} from './run-outcome.ts';

const comparedIntervalMs = 2000;

/** Installs and shows what happens; returns the exit code. Throws nothing. */
export async function runInstall(options: CommandOptions): Promise<number> {
  const status = new DiskStatus();
  try {
    return await showInstall(options, status);
  } catch (error) {
    // No display could be opened, or one has failed.
    const { code, reason, exitCode } = describeCause(error);
    for (const line of [reason, withCode(describeDiskState(status), code)]) warn(line);
    return exitCode;
  }
}

async function showInstall(options: CommandOptions, status: DiskStatus): Promise<number> {
  using screen = await openDisplay(options);
  const display: Display = {
    show(event) {
      screen.show(event);
      run.reports?.show(event);
    },
    [Symbol.dispose]: () => run.reports?.[Symbol.dispose](),
  };
  const lost = (what: string) =>
    display.show({ event: 'warning', text: `${what}; the installation continues.` });
  using interruption = abortOnSignals({
    // The old content of the disk is lost by then: only a complete installation helps.
    goesOn: () => status.state !== 'untouched',
    onGone: () => lost('The terminal was closed (SIGHUP)'),
  });
  using _ = options.dryRun
    ? undefined
    : onLostOutput(({ message }) => lost(`Cannot write to standard output (${message})`));
  const { signal } = interruption;
  const run: Run = { options, startedAt: new Date(), display, signal, status };
  display.show({ event: 'begin' });
  try {
    await tryInstall(run);
    return exitCodes.installed;
  } catch (error) {
    const failure = reportFailure(interruption.whatEnded(error), run);
    const last = { event: 'failed', failure, cause: error } as const;
    await conclude(run, { result: 'failed', failure }, last);
    return failure.exitCode;
  } finally {
    display[Symbol.dispose]();
  }
}

async function tryInstall(run: Run): Promise<void> {
  const { options, display, signal, status } = run;
  run.sources = await readSources(options, (sources) => {
    run.sources = sources;
  });
  // Before any prompt: what is not understood ends the run, whatever the answers.
  judgeArguments(run.sources);
  const asker = wantsDialogue(run.sources, options) ? await openAsker(signal) : undefined;
  if (asker !== undefined) run.sources = await withAnswers(run, run.sources, asker);
  const parameters = resolveParameters(run.sources);
  display.show({ event: 'parameters', parameters });
  if (!options.dryRun && options.command === undefined) {
    const except = asker && askedAgain(run.sources);
    const { kept, note } = await rememberParameters(parameters, { except });
    run.kept = kept;
    if (note !== undefined) display.show({ event: 'note', text: note });
  }
  if (options.afterStdin) await standardInputEnd(signal);
  const fetch = await fetchOptions(parameters, process.env);
  run.fetching = {
    ...fetch.source,
    ...retriesOf(options),
    onWait: (waiting) => display.show({ event: 'waiting', waiting }),
    onReread: (again) => display.show({ event: 'rereading', again }),
  };
  await startReports(run, parameters);
  for (const text of fetch.warnings) display.show({ event: 'warning', text });

  const jobs = options.jobs ?? defaultJobs();
  const memoryLimitBytes = decoderMemoryBytes();
  const planOptions = { signal, memoryLimitBytes, source: run.fetching };
  const steps = showSteps(display);
  if (options.dryRun) {
    steps.begin('plan');
    const plan = await dryRun(parameters, { plan: planOptions, status });
    steps.end();
    if (!('found' in plan)) display.show({ event: 'plan', plan });
    else for (const text of plan.warnings) display.show({ event: 'warning', text });
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
        await (await import('../../ui/dialogue/dialogue.ts')).confirm(
          plan.target,
          asker,
          plan.saved?.partitions.map(nameOfPartition),
        );
    },
    onCompared: atMostEvery(comparedIntervalMs, (comparedBytes) =>
      display.show({ event: 'compared', comparedBytes }),
    ),
    onStep: steps.begin,
  });
  const note = options.command === undefined ? await forgetDevice() : undefined;
  if (note !== undefined) display.show({ event: 'note', text: note });
  for (const text of installed.warnings) display.show({ event: 'warning', text });
  steps.end();
  await reportInstalled(run, installed);
  if (asker !== undefined) {
    display.show({ event: 'same-again', command: sameAgain(run) });
  }
}

/** A number of retries replaces the time. */
function retriesOf({
  fetchRetries,
}: CommandOptions): Pick<SourceOptions, 'retryForMs' | 'retries'> {
  return fetchRetries === undefined
    ? {}
    : { retryForMs: Number.POSITIVE_INFINITY, retries: fetchRetries };
}

/** How long to retry while the user waits at the prompt. */
const promptRetryMs = 3_000;

async function withAnswers({ signal }: Run, sources: ParameterSources, asker: Asker) {
  const { askForMissing } = await import('../../ui/dialogue/dialogue.ts');
  const { source } = await fetchOptions(findFetching(sources), process.env);
  const answers = await askForMissing(sources, {
    asker,
    signal,
    memoryLimitBytes: decoderMemoryBytes(),
    source: { ...source, retryForMs: promptRetryMs },
  });
  return { ...sources, options: { ...sources.options, ...answers } };
}

async function reportInstalled(run: Run, installed: Installed | AlreadyInstalled): Promise<void> {
  const elapsedMs = Date.now() - run.startedAt.getTime();
  await conclude(
    run,
    { result: 'installed', installed },
    { event: 'installed', installed, elapsedMs },
  );
}

/** Shows when each step begins, and how long it took when it ends, which is when the next begins. */
function showSteps(display: Display) {
  let current: { readonly step: Step; readonly startMs: number } | undefined;
  const end = () => {
    if (current === undefined) return;
    const { step, startMs } = current;
    current = undefined;
    display.show({ event: 'step-ends', step, elapsedMs: performance.now() - startMs });
  };
  const begin = (step: Step) => {
    end();
    current = { step, startMs: performance.now() };
    display.show({ event: 'step-begins', step });
  };
  return { begin, end };
}

/** Resolves when standard input ends; rejects with the reason of an abort. */
async function standardInputEnd(signal: AbortSignal): Promise<void> {
  process.stdin.resume();
  // A terminal that was closed is an error here, and an end as well.
  await finished(process.stdin, { writable: false, signal }).catch(() => undefined);
  signal.throwIfAborted();
}
