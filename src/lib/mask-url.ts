import { parseUrl } from './url.ts';

/**
 * The text of a URL without what may be secret in it: user name, password and all that follows a
 * `?` become `***`. Anything else, such as the path of a file, is returned as it is. Safe for
 * screens and logs. Of a URL that cannot be parsed, rather too much is masked.
 *
 * @example maskUrl('http://core:secret@192.0.2.100/x?token=1') // 'http://***@192.0.2.100/x?***'
 */
export function maskUrl(url: string): string {
  return mask(url, /\?.+/s);
}

function mask(url: string, query: RegExp): string {
  const parsed = parseUrl(url)?.url;
  if (parsed?.protocol === 'file:' || !looksLikeUrl.test(url)) return url;
  const wellFormed = parsed !== undefined && parsed.host !== '';
  const named = wellFormed && parsed.username === '' && parsed.password === '';
  const withoutUser = named ? url : url.replace(wellFormed ? userInfo : brokenUserInfo, '$1***@');
  return withoutUser.replaceAll(furtherUserInfo, '***@').replace(query, '?***');
}

/**
 * With a scheme, with the `//` alone or after a mistyped scheme, `user:password@host`, or
 * `user@host:port`.
 */
const looksLikeUrl =
  /^\s*(?:https?:|[a-z][a-z0-9+.-]*:[/\\]|(?:[a-z][a-z0-9+.-]*)?[:;]?[/\\]{2}|[^/\s]+:.*@|[^/\s@]+@[^/\s@]+:\d+\/?$)/is;
const userInfo = /^(\s*[a-z][a-z0-9+.-]*:[/\\\s]*)[^/?#\\]*@/i;
const brokenUserInfo = /^(\s*(?:[a-z][a-z0-9+.-]*:(?=[/\\]))?[/\\]*).*@/is;
/** Of another URL in the path, or after a comma. */
const furtherUserInfo = /(?<=[a-z]:[/\\]{2})[^/?#\\\s]*@/gi;
/** Not a query that is masked already: what follows that belongs to the text. */
const queryInText = /\?(?!\*{3}(?:[^\w%&=*-]|$)).+/s;

/** A text with every URL in it masked. */
export function maskUrlsIn(text: string): string {
  return text.replaceAll(/[a-z][a-z0-9+.-]{0,30}:[/\\]\S+/gi, (url) => mask(url, queryInText));
}
