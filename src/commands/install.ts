import { availableParallelism } from 'node:os';
import type { InstallOptions as CommandOptions } from '../cli.ts';
import { exitCodes, firstFailure, InstallerError } from '../errors.ts';
import { DiskStatus, describeDiskState } from '../install/disk-state.ts';
import { install } from '../install/install.ts';
import { describeParameters } from '../parameters/describe.ts';
import { knownValues } from '../parameters/find.ts';
import { readKernelArguments } from '../parameters/kernel-cmdline.ts';
import { readParameterFiles } from '../parameters/parameter-files.ts';
import { rememberParameters } from '../parameters/remember.ts';
import { type ParameterSources, resolveParameters } from '../parameters/resolve.ts';
import { fetchOptions } from '../plan/fetch-options.ts';
import { atMostEvery, progressLine } from '../progress/progress.ts';
import { decoderMemoryBytes } from './memory.ts';
import { say, warn } from './output.ts';
import { describePlan, describeResult, stepTitles } from './report.ts';
import { abortOnSignals, Interrupted } from './signals.ts';
import { tryAgainCommand } from './try-again.ts';
import { tellRereading, tellWaiting } from './waiting.ts';

const progressIntervalMs = 2000;

/** Installs, telling what happens; returns the exit code. */
export async function runInstall(options: CommandOptions): Promise<number> {
  const status = new DiskStatus();
  using interruption = abortOnSignals();
  let sources: ParameterSources | undefined;
  try {
    sources = {
      options,
      files: await readParameterFiles(),
      kernel: await readKernelArguments(),
    };
    await tryInstall(options, sources, status, interruption.signal);
    return exitCodes.installed;
  } catch (error) {
    const cause = interruption.signal.aborted ? interruption.signal.reason : firstFailure(error);
    warn(describeFailure(cause));
    warn(`Try: ${tryAgainCommand(sources === undefined ? {} : knownValues(sources))}`);
    warn(describeDiskState(status));
    const known = cause instanceof InstallerError || cause instanceof Interrupted;
    return known ? cause.exitCode : exitCodes.internal;
  }
}

async function tryInstall(
  options: CommandOptions,
  sources: ParameterSources,
  status: DiskStatus,
  signal: AbortSignal,
): Promise<void> {
  const startMs = performance.now();
  const parameters = resolveParameters(sources);
  for (const line of describeParameters(parameters)) say(line);
  for (const note of parameters.notes) warn(`Note: ${note}`);
  const forgotten = await rememberParameters(parameters);
  if (forgotten !== undefined) warn(`Note: ${forgotten}`);
  const fetch = await fetchOptions(parameters, process.env);
  for (const warning of fetch.warnings) warn(`Warning: ${warning}`);

  const jobs = options.jobs ?? Math.max(2, availableParallelism());
  const memoryLimitBytes = decoderMemoryBytes(jobs);
  const installed = await install(parameters, {
    status,
    plan: {
      signal,
      memoryLimitBytes,
      source: { ...fetch.source, onWait: tellWaiting(warn), onReread: tellRereading(warn) },
      onTarget: (path) => {
        status.path = path;
      },
    },
    pipeline: {
      signal,
      memoryLimitBytes,
      jobs,
      onProgress: atMostEvery(progressIntervalMs, (event) => say(progressLine(event))),
    },
    onStep: (step, plan) => {
      if (step === 'write' && plan !== undefined) {
        for (const line of describePlan(plan)) say(line);
        for (const warning of plan.warnings) warn(`Warning: ${warning}`);
      }
      say(stepTitles[step]);
    },
  });
  for (const warning of installed.warnings) warn(`Warning: ${warning}`);
  for (const line of describeResult(installed, performance.now() - startMs)) say(line);
}

function describeFailure(error: unknown): string {
  if (error instanceof InstallerError || error instanceof Interrupted) return error.message;
  return `This is a fault of the installer itself, please report it: ${(error as Error).stack}`;
}
