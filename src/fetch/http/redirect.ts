import { InputError } from '../../lib/errors.ts';
import type { FailureCode } from '../../lib/failure-codes.ts';
import { maskUrl } from '../../lib/mask-url.ts';
import { parseUrl } from '../../lib/url.ts';
import type { HttpAnswer } from './answer.ts';

const redirectStatuses = [301, 302, 303, 307, 308];
const mostRedirects = 10;

/**
 * Where an answer redirects to, undefined when it is no redirect. `visited` are the URLs requested
 * until now, in order. Throws `InputError` for loops, for more than 10 in a row, for a step from
 * https:// to http://, and for anything that is not HTTP.
 */
export function nextUrl(
  answer: Pick<HttpAnswer, 'status' | 'headers' | 'url'>,
  visited: readonly URL[],
): URL | undefined {
  if (!redirectStatuses.includes(answer.status)) {
    return undefined;
  }
  const location = answer.headers.get('location');
  const next = location === undefined ? undefined : locate(location, answer.url);
  if (next === undefined) {
    throw refused(
      visited,
      'redirect-invalid',
      'the server redirects without a valid Location',
      'Check the server.',
    );
  }
  next.hash = '';
  if (next.protocol !== 'http:' && next.protocol !== 'https:') {
    throw refused(
      visited,
      'redirect-invalid',
      `the server redirects to a ${next.protocol} URL`,
      'Check the server.',
    );
  }
  if (answer.url.protocol === 'https:' && next.protocol === 'http:') {
    throw refused(
      visited,
      'redirect-insecure',
      `the server redirects from https:// to the insecure ${maskUrl(next.href)}`,
      'Give the http:// URL itself if that is what you want.',
    );
  }
  if (visited.some((url) => url.href === next.href)) {
    const loop = [...visited, next].map((url) => maskUrl(url.href)).join(' → ');
    throw refused(
      visited,
      'redirect-invalid',
      `its redirects form a loop: ${loop}`,
      'Fix the server.',
    );
  }
  if (visited.length > mostRedirects) {
    throw refused(
      visited,
      'redirect-invalid',
      `there are more than ${mostRedirects} redirects, the last one to ${maskUrl(next.href)}`,
      'Give the URL of the file itself.',
    );
  }
  return next;
}

/**
 * What is not ASCII is percent-encoded byte by byte as the server sent it, mostly in UTF-8. The
 * zone of an address is the server's own, and means nothing here.
 */
function locate(location: string, base: URL): URL | undefined {
  const ascii = location.replaceAll(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return parseUrl(ascii, base.href)?.url;
}

function refused(
  visited: readonly URL[],
  code: FailureCode<'input'>,
  why: string,
  next: string,
): InputError {
  const failed = `Cannot fetch ${maskUrl(visited[0]?.href ?? '')}`;
  return new InputError({ code, failed, why, next });
}
