import { getEventListeners } from 'node:events';
import type { SourceOptions } from '../../src/fetch/source.ts';
import { type DiskState, DiskStatus } from '../../src/install/disk-state.ts';
import { install, type Step } from '../../src/install/install.ts';
import { exitCodes, firstFailure, InstallerError } from '../../src/lib/errors.ts';
import type { ParameterOptions } from '../../src/parameters/parameters.ts';
import { resolveParameters } from '../../src/parameters/resolve.ts';
import { runDirectories } from '../../src/system/run-directory.ts';
import { Interrupted } from '../../src/system/signals.ts';
import { leavingNothing, namesIn, ownChildren, ownFiles } from './left-behind.ts';

const mib = 1024 * 1024;
/** A round that takes longer counts as hanging. */
const patienceMs = 60_000;

export interface Outcome {
  /** The program's exit code; 0: installed. */
  readonly exitCode: number;
  readonly state: DiskState;
  /** The message to the user; empty after a success. */
  readonly message: string;
}

/** The resources of a run in this process, in words; with `signal`, also the listeners on it. */
function ownTraces(signal?: AbortSignal): string[] {
  const listeners = signal ? getEventListeners(signal, 'abort').length : 0;
  const privateOnes = runDirectories.flatMap((parent) =>
    namesIn(parent)
      .filter((name) => name.startsWith(`${process.pid}-`))
      .map((name) => `directory ${parent}/${name}`),
  );
  const listening = Array.from({ length: listeners }, () => 'a listener to the abort signal');
  return [...ownFiles(), ...ownChildren(), ...privateOnes, ...listening];
}

export interface HereOptions {
  /** The user ends the program as this step begins. */
  readonly endAt?: Step;
}

/**
 * Installs in this process, with the program's own code and tools, to a real device. Without starting a
 * program, and with its own time limits, a thousand rounds take minutes. It leaves nothing behind.
 */
export async function installHere(
  options: ParameterOptions,
  source: SourceOptions,
  { endAt }: HereOptions = {},
): Promise<Outcome> {
  const ended = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(patienceMs), ended.signal]);
  const onStep = (step: Step) => {
    if (step === endAt) ended.abort(new Interrupted('SIGINT'));
  };
  return await leavingNothing(
    (outcome?: Outcome) => ownTraces(outcome && signal),
    () => installWith(signal, options, source, onStep),
  );
}

async function installWith(
  signal: AbortSignal,
  options: ParameterOptions,
  source: SourceOptions,
  onStep: (step: Step) => void,
): Promise<Outcome> {
  const parameters = resolveParameters({ options, files: { directory: '/' }, kernel: [] });
  const status = new DiskStatus();
  const memoryLimitBytes = 184 * mib;
  try {
    await install(parameters, {
      status,
      plan: { signal, memoryLimitBytes, source },
      pipeline: { signal, memoryLimitBytes, jobs: 3, onProgress: () => undefined },
      onStep,
    });
    return { exitCode: exitCodes.installed, state: status.state, message: '' };
  } catch (caught) {
    const error = firstFailure(caught);
    if (error instanceof Interrupted)
      return { exitCode: error.exitCode, state: status.state, message: error.message };
    if (signal.aborted) throw new Error(`still not done after ${patienceMs / 1000} s`);
    // Every other error is a bug in the program.
    if (!(error instanceof InstallerError)) throw error;
    return { exitCode: error.exitCode, state: status.state, message: error.message };
  }
}
