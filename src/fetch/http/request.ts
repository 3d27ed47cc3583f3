import { InputError } from '../../lib/errors.ts';
import { maskUrl } from '../../lib/mask-url.ts';
import { basicCredentials, isLinkLocal } from '../../lib/url.ts';
import { TransientError } from '../retry.ts';
import { type Purpose, UnavailableError } from '../source.ts';
import { HttpAnswer } from './answer.ts';
import { type ConnectionOptions, openDispatcher } from './connection.ts';
import { type Headers, offeredSchemes, retryAfterMs } from './http-headers.ts';
import { networkTrouble } from './network-trouble.ts';
import type { ProxyRule } from './proxy-rule.ts';
import { nextUrl } from './redirect.ts';
import { statusTrouble } from './status-trouble.ts';
import type { Hop } from './trouble.ts';

export interface RequestOptions extends ConnectionOptions {
  readonly userAgent: string;
  readonly proxyFor: ProxyRule;
  /** Fields for the origin of the first URL, by lower-case name; they may be secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly purpose?: Purpose | undefined;
  /** The body of a POST, in place of a GET. */
  readonly post?: string;
}

/**
 * One GET (or POST), redirects followed. The answer has one of the statuses that `accepts` names.
 * Throws `TransientError` where a retry may help, `InputError` where not, and the signal's reason.
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
      throw refusal(answer, url, options);
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
  // Credentials are for the origin that the user named, wherever that one redirects to.
  const trusted = at.origin === original.origin;
  const proxy = options.proxyFor(at);
  const identity = trusted ? options.identity : undefined;
  const zone = at.hostname === original.hostname && isLinkLocal(at) ? options.zone : undefined;
  const dispatcher = await openDispatcher(at, proxy, { ...options, identity, zone });
  // The request's own signal does not reach a tunnel that is being opened.
  const close = () => void dispatcher.destroy();
  signal.addEventListener('abort', close);
  try {
    const response = await dispatcher.request({
      origin: at.origin,
      path: at.pathname + at.search,
      ...(options.post === undefined ? { method: 'GET' } : { method: 'POST', body: options.post }),
      headers: {
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': options.userAgent,
        ...(trusted && options.headers),
        ...authorization(at, original),
        ...extraHeaders,
      },
      signal,
      headersTimeout: options.stallTimeoutMs,
      // A stall is timed by the reader, who knows whether anybody wants bytes at the moment.
      bodyTimeout: 0,
    });
    const headers: Headers = new Map(
      Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    return new HttpAnswer({
      dispatcher,
      url: at,
      proxy,
      response,
      headers,
      timeouts: options,
      signal,
    });
  } catch (cause) {
    close();
    signal.throwIfAborted();
    throw explained(cause, { url: at, proxy, zone }, original, options);
  } finally {
    signal.removeEventListener('abort', close);
  }
}

/** The user name and password of a URL, sent to the origin of that URL, nowhere else. */
function authorization(at: URL, original: URL): { readonly authorization?: string } {
  const own = basicCredentials(at);
  const value = own ?? (at.origin === original.origin ? basicCredentials(original) : undefined);
  return value === undefined ? {} : { authorization: value };
}

function refusal(
  answer: HttpAnswer,
  original: URL,
  { purpose, headers }: Pick<RequestOptions, 'purpose' | 'headers'>,
): Error {
  const isSent = 'authorization' in authorization(answer.url, original);
  const isGiven = basicCredentials(original) !== undefined || Object.keys(headers).length > 0;
  const isElsewhere = answer.url.origin !== original.origin;
  const login = isSent ? 'sent' : isGiven && isElsewhere ? 'withheld' : 'none';
  const schemes = offeredSchemes(answer.headers);
  const { transient, ...reason } = statusTrouble(answer.status, { login, schemes, purpose });
  const full = { ...reason, why: reason.why + wayTo(answer, original) };
  return transient
    ? new TransientError(full, { retryAfterMs: retryAfterMs(answer.headers) })
    : new UnavailableError({ failed: `Cannot fetch ${maskUrl(original.href)}`, ...full });
}

function explained(cause: unknown, hop: Hop, original: URL, options: RequestOptions): unknown {
  if (!(cause instanceof Error && 'code' in cause)) {
    // Not an error of the network but a bug of ours.
    return cause;
  }
  const { transient, ...reason } = networkTrouble(cause, hop, options);
  const full = { ...reason, why: reason.why + wayTo(hop, original) };
  return transient
    ? new TransientError(full, { cause })
    : new InputError({ failed: `Cannot fetch ${maskUrl(original.href)}`, ...full }, { cause });
}

/** What lies between the URL that the user gave and the server that answers. */
function wayTo({ url, proxy }: Hop, original: URL): string {
  const redirected = url === original ? '' : `, redirected to ${maskUrl(url.href)}`;
  return redirected + (proxy === undefined ? '' : `, through the proxy ${proxy.host}`);
}
