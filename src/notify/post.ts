import { sendRequest } from '../fetch/http/request.ts';
import { requestOptions } from '../fetch/http-source.ts';
import { backoffMs, RetryBudget, TransientError } from '../fetch/retry.ts';
import type { SourceOptions } from '../fetch/source.ts';
import { ParameterError } from '../lib/errors.ts';
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
  const target = parse(url);
  const options = {
    ...requestOptions({ ...source, stallTimeoutMs: answerTimeoutMs }),
    zone: target.zone,
    post: JSON.stringify(body),
  };
  const budget = new RetryBudget({
    name: maskUrl(url),
    retryForMs,
    backoff: source.backoff ?? ((attempt) => backoffMs(attempt, Math.random())),
    onWait: source.onWait,
  });
  const headers = { 'content-type': 'application/json' };
  for (;;) {
    try {
      using _ = await sendRequest(target.url, success, headers, options, signal);
      return;
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      await budget.wait(error, signal);
    }
  }
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
