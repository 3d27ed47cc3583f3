import { ParameterError } from '../../lib/errors.ts';
import { Interrupted } from '../../system/signals.ts';

/** Ctrl-D, or the end of the input: nobody is going to answer. */
export function unanswered(): ParameterError {
  return new ParameterError({
    code: 'prompt-unanswered',
    failed: 'Cannot install',
    why: 'a question was left without an answer',
    next: 'Run it again, or give everything as options.',
  });
}

interface Context {
  readonly signal: AbortSignal;
}

/**
 * Asks one question of the prompt library. Ctrl-C counts as SIGINT; Ctrl-D and the end of the input,
 * which the library does not notice, end the question too.
 */
export async function leaving<T>(
  signal: AbortSignal,
  ask: (context: Context) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const left = new AbortController();
  const leave = () => left.abort(unanswered());
  const onKeypress = (_: unknown, key?: { readonly ctrl?: boolean; readonly name?: string }) => {
    if (key?.ctrl && key.name === 'd') leave();
  };
  process.stdin.on('keypress', onKeypress).on('end', leave).on('error', leave);
  try {
    return await ask({ signal: AbortSignal.any([signal, left.signal]) });
  } catch (error) {
    signal.throwIfAborted();
    left.signal.throwIfAborted();
    throw (error as Error).name === 'ExitPromptError' ? new Interrupted('SIGINT') : error;
  } finally {
    process.stdin.off('keypress', onKeypress).off('end', leave).off('error', leave);
  }
}
