import { InputError } from '../../errors.ts';
import { maskUrl } from '../../mask-url.ts';
import { TransientError } from '../retry.ts';
import { HttpAnswer } from './answer.ts';
import { type ConnectionOptions, openAgent } from './connection.ts';
import { type Headers, retryAfterMs } from './headers.ts';
import { nextUrl } from './redirect.ts';
import { networkTrouble, statusTrouble } from './trouble.ts';

export interface RequestOptions extends ConnectionOptions {
  readonly userAgent: string;
}

/**
 * One GET, redirects followed. The answer has one of the statuses that `accepts` names. Throws
 * `TransientError` for what may pass, `InputError` for what will not, and the signal's reason.
 */
export async function sendRequest(
  url: URL,
  accepts: readonly number[],
  extraHeaders: Readonly<Record<string, string>>,
  options: RequestOptions,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const visited = [url];
  for (let at = url; ; ) {
    const answer = await sendOnce(at, url, extraHeaders, options, signal);
    if (accepts.includes(answer.status)) {
      return answer;
    }
    answer[Symbol.dispose]();
    const next = nextUrl(answer, visited);
    if (next === undefined) {
      throw refusal(answer, url);
    }
    visited.push(next);
    at = next;
  }
}

async function sendOnce(
  at: URL,
  original: URL,
  extraHeaders: Readonly<Record<string, string>>,
  options: RequestOptions,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const agent = await openAgent(at, options);
  try {
    const response = await agent.request({
      origin: at.origin,
      path: at.pathname + at.search,
      method: 'GET',
      headers: {
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': options.userAgent,
        ...authorization(at, original),
        ...extraHeaders,
      },
      signal,
    });
    const headers: Headers = new Map(
      Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    return new HttpAnswer({ agent, url: at, response, headers, timeouts: options, signal });
  } catch (cause) {
    void agent.destroy();
    signal.throwIfAborted();
    throw explained(cause, at, original, options);
  }
}

/** The user name and password of a URL, sent to the origin in whose URL they stand, nowhere else. */
function authorization(at: URL, original: URL): Record<string, string> {
  const { username, password } =
    at.username === '' && at.origin === original.origin ? original : at;
  if (username === '' && password === '') {
    return {};
  }
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refusal(answer: HttpAnswer, original: URL): Error {
  const { why, next, transient } = statusTrouble(
    answer.status,
    'authorization' in authorization(answer.url, original),
  );
  const told = why + redirectedTo(answer.url, original);
  return transient
    ? new TransientError(told, next, { retryAfterMs: retryAfterMs(answer.headers) })
    : new InputError({ failed: `Cannot fetch ${maskUrl(original.href)}`, why: told, next });
}

function explained(cause: unknown, at: URL, original: URL, options: RequestOptions): unknown {
  if (!(cause instanceof Error && 'code' in cause)) {
    // Not the network's fault but our own.
    return cause;
  }
  const { why, next, transient } = networkTrouble(cause, at, options);
  const told = why + redirectedTo(at, original);
  return transient
    ? new TransientError(told, next, { cause })
    : new InputError(
        { failed: `Cannot fetch ${maskUrl(original.href)}`, why: told, next },
        { cause },
      );
}

function redirectedTo(at: URL, original: URL): string {
  return at === original ? '' : `, redirected to ${maskUrl(at.href)}`;
}
