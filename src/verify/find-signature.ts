import { isMarkup } from '../decode/foreign-data.ts';
import { fetchAll } from '../fetch/fetch-all.ts';
import { openSource } from '../fetch/open-source.ts';
import { type ByteSource, type SourceOptions, UnavailableError } from '../fetch/source.ts';
import { InputError } from '../lib/errors.ts';

const suffixes = ['.sig', '.asc'];
const limitBytes = 1024 * 1024;

/** A signature that is not required is looked for only briefly. */
const optionalForMs = 6_000;
const optionalRetryForMs = 3_000;
const optionalAnswerMs = 4_000;

export interface FoundSignature {
  /** The URL with its password masked, or the path. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface SignatureOptions {
  /** Without one, nothing is installed: the download is retried for as long as any other. */
  readonly required: boolean;
  readonly source: SourceOptions;
  /** Where it is; undefined: next to the image. */
  readonly signatureUrl?: string | undefined;
}

/**
 * Looks for a detached signature next to the image at `location`: the same URL or path with `.sig`,
 * then with `.asc`. Where there is none, says what was found instead, a clause for each place: no
 * such file, no answer, something that is not OpenPGP data. Throws `InputError` only where one is
 * required, and it is not known whether there is one.
 */
export async function findSignature(
  location: string,
  { required, source, signatureUrl }: SignatureOptions,
  signal: AbortSignal,
): Promise<FoundSignature | { readonly instead: readonly string[] }> {
  const instead: string[] = [];
  let failure: InputError | undefined;
  const places =
    signatureUrl === undefined
      ? suffixes.map((suffix) => withSuffix(location, suffix))
      : [signatureUrl];
  for (const place of places) {
    const found = required
      ? await lookAt(openSource(place, source), signal)
      : await lookInPassing(place, source, signal);
    if ('bytes' in found) return found;
    instead.push(found.instead);
    if (!(found.failure instanceof UnavailableError)) failure ??= found.failure;
    if (found.isSilent) break;
  }
  if (required && failure !== undefined) throw failure;
  return { instead };
}

interface NotFound {
  readonly instead: string;
  readonly failure?: InputError;
  /** A server that does not answer here will not answer for another suffix either. */
  readonly isSilent?: boolean;
}

async function lookAt(source: ByteSource, signal: AbortSignal): Promise<FoundSignature | NotFound> {
  try {
    const bytes = await fetchAll(source, limitBytes, signal);
    const other = describeOther(bytes);
    return other === undefined
      ? { name: source.name, bytes }
      : { instead: `${source.name} ${other}` };
  } catch (failure) {
    if (!(failure instanceof InputError)) throw failure;
    return { instead: `${source.name}: ${failure.failure.why}`, failure };
  }
}

async function lookInPassing(
  place: string,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<FoundSignature | NotFound> {
  const late = AbortSignal.timeout(optionalForMs);
  let lastReason = `no answer within ${optionalForMs / 1000} s`;
  const source = openSource(place, {
    ...options,
    retryForMs: Math.min(options.retryForMs ?? optionalRetryForMs, optionalRetryForMs),
    connectTimeoutMs: Math.min(options.connectTimeoutMs ?? optionalAnswerMs, optionalAnswerMs),
    stallTimeoutMs: Math.min(options.stallTimeoutMs ?? optionalAnswerMs, optionalAnswerMs),
    onWait: (waiting) => {
      lastReason = waiting.reason;
      options.onWait?.(waiting);
    },
  });
  try {
    return await lookAt(source, AbortSignal.any([signal, late]));
  } catch (error) {
    signal.throwIfAborted();
    if (!late.aborted) throw error;
    return { instead: `${source.name}: ${lastReason}`, isSilent: true };
  }
}

/** What was found instead of a signature, as a clause; undefined for OpenPGP data. */
function describeOther(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'is empty';
  if (isMarkup(bytes)) return 'is a web page';
  return isOpenPgpData(bytes) ? undefined : 'is not an OpenPGP signature';
}

/** Appended to the path, before a URL's query. */
export function withSuffix(location: string, suffix: string): string {
  const [, path = '', query = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^?#]*)(.*)$/is.exec(location) ?? [];
  return path === '' ? `${location}${suffix}` : `${path}${suffix}${query}`;
}

/** The packet types that OpenPGP data begin with (RFC 9580 section 5). */
const packetTypes = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 20]);

/**
 * Whether these bytes may be OpenPGP data at all, sound or not: a packet's header (section 4.2), or
 * armour (section 6.2), which may have any text before it.
 */
export function isOpenPgpData(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  const isNewFormat = (first & 0x40) !== 0;
  const type = isNewFormat ? first & 0x3f : (first & 0x3f) >> 2;
  if ((first & 0x80) !== 0 && packetTypes.has(type)) return true;
  return /^-----BEGIN PGP /m.test(Buffer.from(bytes).toString('latin1'));
}
