import { exitCodes, InstallerError, ParameterError } from '../../lib/errors.ts';
import { shellQuote } from '../../lib/text.ts';
import type { ActionRequest, ApiError } from '../api.ts';
import { socketPath } from '../serve/listen.ts';

/**
 * Asks the server of a fleet's directory by its socket; with `action`, by POST. Throws a
 * `ParameterError` if it does not answer, or what it refuses with.
 */
export async function askServer<Answer>(
  directory: string,
  path: string,
  action?: ActionRequest,
): Promise<Answer> {
  const { Agent, request } = await import('undici');
  const dispatcher = new Agent({ connect: { socketPath: socketPath(directory) } });
  try {
    const { statusCode, body } = await request(`http://localhost${path}`, {
      dispatcher,
      ...(action && { method: 'POST', body: JSON.stringify(action) }),
    });
    const answer = await body.json();
    if (statusCode < 400) return answer as Answer;
    const { error, failure } = answer as ApiError;
    if (failure) throw new InstallerError(failure, exitCodes.parameters);
    throw new ParameterError({
      code: 'server-not-running',
      failed: `Cannot use the server at ${socketPath(directory)}`,
      why: `it answers: ${error}`,
      next: 'It may be ending, or be another version: look at its journal, and try again.',
    });
  } catch (error) {
    const why = unreachable[(error as NodeJS.ErrnoException).code ?? ''];
    if (why === undefined) throw error;
    throw new ParameterError(
      {
        code: 'server-not-running',
        failed: `Cannot reach the server at ${socketPath(directory)}`,
        why,
        next: `Start coreos-provision serve ${shellQuote(directory)}, or run this as root or the user who did.`,
      },
      { cause: error },
    );
  } finally {
    await dispatcher.close();
  }
}

const unreachable: Readonly<Record<string, string>> = {
  ENOENT: 'there is no socket: no server runs for this directory',
  ECONNREFUSED: 'no server listens there any more',
  EACCES: 'this user must not use it',
};
