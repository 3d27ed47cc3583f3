import { Agent, request } from 'undici';
import { exitCodes, ParameterError } from '../../lib/errors.ts';
import { withCode } from '../../lib/failure-codes.ts';
import { warn } from '../../ui/output.ts';
import type { ApiError } from '../api.ts';
import { socketPath } from './run-serve.ts';

/**
 * Asks the server of a fleet's directory by its socket. Throws a `ParameterError` if it does not
 * answer, or refuses: then with the server's own sentence.
 */
export async function askServer<Answer>(
  directory: string,
  path: string,
  action?: { readonly body: object },
): Promise<Answer> {
  const agent = new Agent({ connect: { socketPath: socketPath(directory) } });
  try {
    const { statusCode, body } = await request(`http://localhost${path}`, {
      dispatcher: agent,
      ...(action && { method: 'POST' as const, body: JSON.stringify(action.body) }),
    });
    const answer = await body.json();
    if (statusCode < 400) return answer as Answer;
    throw new Refused(statusCode, (answer as ApiError).error);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'there is no socket: no server runs for this directory',
      ECONNREFUSED: 'no server listens there any more',
      EACCES: 'this user must not use it',
    };
    const why = reasons[code ?? ''];
    if (why === undefined) throw error;
    throw new ParameterError(
      {
        code: 'server-not-running',
        failed: `Cannot reach the server at ${socketPath(directory)}`,
        why,
        next: 'Start coreos-provision serve, or run this as root or the user who did.',
      },
      { cause: error },
    );
  } finally {
    await agent.close();
  }
}

/** Runs work; prints what the server refuses. Returns the exit code. */
export async function unlessRefused(work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return exitCodes.installed;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    warn(withCode(error.message, error.code));
    return exitCodes.parameters;
  }
}

/** What the server does not do, in its own words. */
class Refused extends Error {
  readonly code: 'machine-unknown' | 'machine-state-unsuitable';

  constructor(status: number, message: string) {
    super(message);
    this.code = status === 404 ? 'machine-unknown' : 'machine-state-unsuitable';
  }
}
