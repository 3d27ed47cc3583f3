import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { exitCodes, firstFailure, InstallerError } from '../lib/errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Thrown through everything that listens to the abort signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly code = 'interrupted';
  readonly exitCode: number;

  constructor(signal: (typeof signals)[number]) {
    super(`Interrupted by ${signal}.`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

export interface Hangup {
  /** Whether the run shall go on without the terminal that it was started at. */
  goesOn(): boolean;
  /** The terminal is gone, and the run goes on. */
  onGone(): void;
}

export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
  /**
   * Why a run ended that threw `error`: the interruption, unless what went wrong was there before,
   * and it was only the clean-up that was interrupted; or is a failure to write, which no signal brings
   * about, such as that of a disk while it is made bootable.
   */
  whatEnded(error: unknown): unknown;
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that everything is cleaned up. Later
 * ones are ignored: cleaning up is quick. An error that nobody caught, such as one thrown within a
 * library's event handler, is treated the same.
 *
 * SIGHUP aborts only where the run has a terminal and `hangup` does not say to go on. Whether nohup
 * had it ignored cannot be found out (Node resets the signals at its start), but a run under nohup
 * has no terminal.
 */
export function abortOnSignals(hangup: Hangup): Interruption {
  const controller = new AbortController();
  let abortedAtMs = Number.POSITIVE_INFINITY;
  const abort = (reason: unknown) => {
    abortedAtMs = Math.min(abortedAtMs, performance.now());
    controller.abort(reason);
  };
  const atTerminal = [0, 1, 2].some((fd) => isatty(fd));
  const listeners = signals.map((name) => {
    const listener = () => {
      if (name !== 'SIGHUP' || (atTerminal && !hangup.goesOn())) abort(new Interrupted(name));
      else if (atTerminal) hangup.onGone();
    };
    process.on(name, listener);
    return { name, listener };
  });
  const onUncaught = (error: unknown) => abort(error);
  process.on('uncaughtException', onUncaught);
  return {
    signal: controller.signal,
    whatEnded(error) {
      const first = firstFailure(error);
      const chain = chainOf(first);
      const { aborted, reason } = controller.signal;
      const isOwn =
        wasBefore(chain, abortedAtMs) || (isOfWriting(first) && !wasEnded(chain, reason));
      return aborted && !isOwn ? reason : first;
    },
    [Symbol.dispose]() {
      process.off('uncaughtException', onUncaught);
      for (const { name, listener } of listeners) process.off(name, listener);
    },
  };
}

/** An error and its causes: a failure may be wrapped in another one on its way. */
function chainOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...chainOf(error.cause)] : [];
}

const wasBefore = (chain: readonly Error[], timeMs: number) =>
  chain.some((error) => error instanceof InstallerError && error.isOlderThan(timeMs));

const isOfWriting = (error: unknown) =>
  error instanceof InstallerError && error.exitCode === exitCodes.write;

/** Whether an abort is among the causes, or a tool that a signal ended: systemd sends it to all processes of a service. */
const wasEnded = (chain: readonly Error[], reason: unknown) =>
  chain.some((error) => error === reason || error.name === 'AbortError' || 'signal' in error);
