import { exitCodes, firstFailure, InstallerError } from '../../src/errors.ts';
import type { SourceOptions } from '../../src/image/source.ts';
import { type DiskState, DiskStatus } from '../../src/install/disk-state.ts';
import { install } from '../../src/install/install.ts';
import type { ParameterOptions } from '../../src/parameters/parameters.ts';
import { resolveParameters } from '../../src/parameters/resolve.ts';

const mib = 1024 * 1024;
/** A round that takes longer hangs. */
const patienceMs = 60_000;

export interface Outcome {
  /** As the program's; 0: installed. */
  readonly exitCode: number;
  readonly state: DiskState;
  /** What the user is told; empty after a success. */
  readonly message: string;
}

/**
 * Installs in this process, with the program's own code and tools on a real device: without the
 * start of a program, and with time limits of its own, a thousand rounds take minutes.
 */
export async function installHere(
  options: ParameterOptions,
  source: SourceOptions,
): Promise<Outcome> {
  const parameters = resolveParameters({ options, files: { directory: '/' }, kernel: [] });
  const status = new DiskStatus();
  const signal = AbortSignal.timeout(patienceMs);
  const memoryLimitBytes = 184 * mib;
  try {
    await install(parameters, {
      status,
      plan: { signal, memoryLimitBytes, source },
      pipeline: { signal, memoryLimitBytes, jobs: 3, onProgress: () => undefined },
      onStep: () => undefined,
    });
    return { exitCode: exitCodes.installed, state: status.state, message: '' };
  } catch (caught) {
    const error = firstFailure(caught);
    if (signal.aborted) throw new Error(`still not done after ${patienceMs / 1000} s`);
    // Whatever is not worded for the user is a fault of the program.
    if (!(error instanceof InstallerError)) throw error;
    return { exitCode: error.exitCode, state: status.state, message: error.message };
  }
}
