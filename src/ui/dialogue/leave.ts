import { ParameterError } from '../../lib/errors.ts';
import { Interrupted } from '../../system/signals.ts';

/** After Ctrl-D or at the end of the input. */
export function unanswered(): ParameterError {
  return new ParameterError({
    code: 'prompt-unanswered',
    failed: 'Cannot install',
    why: 'a prompt was not answered',
    next: 'Run it again and answer all prompts, or give all parameters as options.',
  });
}

interface Context {
  readonly signal: AbortSignal;
}

/**
 * Runs one prompt of the prompt library. Ctrl-C counts as SIGINT. Ctrl-D and the end of the input,
 * which the library does not handle, end the prompt as well.
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
