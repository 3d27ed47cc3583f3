/** Header fields of an answer, by lower-case name; repeated fields are joined by commas. */
export type Headers = ReadonlyMap<string, string>;

/** A whole number that is safe to count with; undefined when the field is absent or is not one. */
export function sizeField(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The transfer coding of the body, where it is not just chunked. */
export function foreignTransfer(headers: Headers): string | undefined {
  const transfer = headers.get('transfer-encoding') ?? 'chunked';
  return /^(chunked|identity)$/i.test(transfer) ? undefined : transfer;
}

/** Which bytes of how many a 206 answer holds: first and last position, both inclusive. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  /** Undefined when the server does not say (`*`). */
  readonly totalBytes: number | undefined;
}

/** Reads `Content-Range: bytes 0-99/1234` (RFC 9110 section 14.4); undefined when malformed. */
export function contentRange(headers: Headers): ContentRange | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(headers.get('content-range') ?? '');
  if (match === null) {
    return undefined;
  }
  const [first, last] = [Number(match[1]), Number(match[2])];
  const totalBytes = match[3] === '*' ? undefined : Number(match[3]);
  const sound = first <= last && (totalBytes === undefined || last < totalBytes);
  return sound && Number.isSafeInteger(totalBytes ?? last)
    ? { first, last, totalBytes }
    : undefined;
}

/**
 * The `ETag`, which may be a weak one. What is not written as an entity tag (RFC 9110 section 8.8.3), such as
 * one without quotes, could not be sent back: it counts as absent.
 */
export function entityTag(headers: Headers): string | undefined {
  return /^(W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.exec(headers.get('etag') ?? '')?.[0];
}

/**
 * What `If-Range` may carry (RFC 9110 section 13.1.5): a strong entity tag, else a modification
 * date that is at least a second older than the answer, so that it cannot match two versions.
 */
export function strongValidator(headers: Headers): string | undefined {
  const tag = entityTag(headers);
  if (tag !== undefined) return tag.startsWith('W/') ? undefined : tag;
  const modified = headers.get('last-modified');
  const ageMs = Date.parse(headers.get('date') ?? '') - Date.parse(modified ?? '');
  return ageMs >= 1_000 ? modified : undefined;
}

/** The first few schemes that `WWW-Authenticate` offers (RFC 9110 section 11.6.1), as the server writes them. */
export function offeredSchemes(headers: Headers): string[] {
  const challenges = (headers.get('www-authenticate') ?? '').replaceAll(/"(\\.|[^"\\])*"/g, '""');
  // A part with an equals sign after its first word is a parameter of the scheme before it.
  const schemes = challenges
    .split(',')
    .map((part) => /^\s*([\w-]{1,20})(?!\S|\s*=)/.exec(part)?.[1]);
  return [...new Set(schemes.filter((scheme) => scheme !== undefined))].slice(0, 4);
}

/**
 * How long `Retry-After` asks to wait (seconds or a date, RFC 9110 section 10.2.3), 0 when it
 * does not. A date is compared with the server's own clock: this machine's may be wrong.
 */
export function retryAfterMs(headers: Headers, nowMs = Date.now()): number {
  const text = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(text)) {
    return Number(text) * 1_000;
  }
  const serverNowMs = Date.parse(headers.get('date') ?? '');
  const waitMs = Date.parse(text) - (Number.isNaN(serverNowMs) ? nowMs : serverNowMs);
  return Number.isNaN(waitMs) ? 0 : Math.max(waitMs, 0);
}
