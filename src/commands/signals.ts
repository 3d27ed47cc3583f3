import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Thrown through everything that listens to the abort signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(signal: (typeof signals)[number]) {
    super(`Interrupted by ${signal}.`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that what was set up is taken down
 * again. Later ones are ignored: taking down is short. An error that nobody caught, such as one
 * thrown within a library's event handler, is treated the same.
 */
export function abortOnSignals(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const listeners = signals.map((name) => {
    const listener = () => controller.abort(new Interrupted(name));
    process.on(name, listener);
    return { name, listener };
  });
  const onUncaught = (error: unknown) => controller.abort(error);
  process.on('uncaughtException', onUncaught);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('uncaughtException', onUncaught);
      for (const { name, listener } of listeners) process.off(name, listener);
    },
  };
}
