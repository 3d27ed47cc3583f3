import type { HttpAnswer } from '../fetch/http/answer.ts';
import { sendRequest } from '../fetch/http/request.ts';
import { requestOptions } from '../fetch/http-source.ts';
import { budgetOf, TransientError } from '../fetch/retry.ts';
import type { SourceOptions } from '../fetch/source.ts';
import { InstallerError, ParameterError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { type ParsedUrl, parseUrl } from '../lib/url.ts';

export interface PostOptions {
  /** Proxy, certificates, header fields: as for everything that is fetched. */
  readonly source: SourceOptions;
  /** How long to keep trying; 0: one try. */
  readonly retryForMs: number;
}

/** After this time without a response the request is repeated. */
const answerTimeoutMs = 10_000;
const success = [200, 201, 202, 203, 204];

/**
 * Sends `body` as JSON by POST, and retries while the server is unreachable or fails temporarily.
 * Throws an `InstallerError` that says why it was not accepted, or the signal's reason.
 */
export async function postJson(
  url: string,
  body: object,
  { source, retryForMs }: PostOptions,
  signal: AbortSignal,
): Promise<void> {
  const json = { text: JSON.stringify(body), type: 'application/json' };
  // The number of tries that a download may have does not count here.
  const budget = budgetOf(maskUrl(url), { ...source, retryForMs, retries: undefined });
  for (;;) {
    try {
      using _ = await post(url, json, source, signal);
      return;
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      await budget.wait(error, signal);
    }
  }
}

/**
 * One request. Throws a `TransientError` where another one may be accepted, else an `InstallerError`,
 * or the signal's reason.
 */
export async function post(
  url: string,
  { text, type }: { readonly text: string; readonly type: string },
  source: SourceOptions,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const target = parse(url);
  const options = {
    ...requestOptions({ ...source, stallTimeoutMs: answerTimeoutMs }),
    zone: target.zone,
    post: text,
  };
  return await sendRequest(target.url, success, { 'content-type': type }, options, signal);
}

/** Why a request was not accepted, for a sentence; `atMostMs` is the time limit that it had. */
export function whyNot(error: unknown, atMostMs: number): string {
  if (error instanceof InstallerError) return error.failure.why;
  const { name, message } = error as Error;
  return name === 'TimeoutError' ? `no answer within ${atMostMs / 1000} s` : message;
}

function parse(url: string): ParsedUrl {
  const parsed = parseUrl(url);
  if (parsed !== undefined) return parsed;
  throw new ParameterError({
    code: 'invalid-notify-url',
    failed: `Cannot use ${maskUrl(url)}`,
    why: 'it is not a valid URL',
    next: 'Write it as http://host/path.',
  });
}
