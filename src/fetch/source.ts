import { InputError } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import type { BackgroundHash } from '../native/hash.ts';
import type { ClientIdentity } from './http/connection.ts';
import type { ProxyRule } from './http/proxy-rule.ts';

/**
 * Where bytes come from: an HTTP(S) URL, a `file://` URL or a path.
 *
 * A source can be opened more than once; each opening delivers all bytes from the first to the
 * last, in order, or throws an `InputError`. Nothing is kept in memory beyond what the consumer
 * has not taken yet.
 */
export interface ByteSource {
  /** The URL with its password masked, or the path: safe for the screen. */
  readonly name: string;
  /**
   * Connects, retrying while the network is not up yet. With `earlier` only the rest is requested, if
   * the server still has the same file; `startBytes` says where the delivered part begins.
   */
  open(signal: AbortSignal, earlier?: EarlierPart): Promise<OpenSource>;
  /**
   * The last `lengthBytes` bytes of the file, which has `sizeBytes`; undefined where that would mean
   * reading everything, or where the file has another size by now.
   */
  tail(
    lengthBytes: number,
    sizeBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>;
}

export interface OpenSource {
  /** Size of the whole file; undefined when the server does not say. */
  readonly sizeBytes: number | undefined;
  /**
   * Consumed once. Ending the iteration early closes the connection or file, and so does
   * aborting the signal that was given to `open`, also when nothing was read yet. Nobody writes
   * to what it has delivered.
   */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Of everything up to what `bytes` has delivered, in lower-case hexadecimal. */
  readonly sha256: () => Promise<string>;
  /** Where `bytes` begins in the file. Undefined: at its first byte. */
  readonly startBytes?: number;
  /** Identifies this version of the file, for an `EarlierPart`; not every server sends one. */
  readonly validator?: string | undefined;
}

/** The beginning of a file that an earlier run has fetched; shorter than the file. */
export interface EarlierPart {
  readonly lengthBytes: number;
  /** The whole file's. */
  readonly sizeBytes: number;
  readonly validator: string;
  /** Of all bytes of the part; it is continued if the file is still the same. */
  readonly sha256: BackgroundHash;
}

/** What a source waits for before it tries again. */
export interface Waiting {
  /** The source's name. */
  readonly name: string;
  /** Why the last try failed. */
  readonly code: FailureCode<'input'>;
  /** The same in words, as part of a sentence: `192.0.2.1:80 refuses the connection`. */
  readonly reason: string;
  /** How long it has gone on without any progress. */
  readonly sinceMs: number;
  /** How long until the next try. */
  readonly nextTryMs: number;
}

/** A server that cannot resume in the middle of a file sends the beginning again. */
export interface Rereading {
  /** The source's name. */
  readonly name: string;
  readonly sizeBytes: number;
}

/**
 * The same for a server that the user has not named: tokens and the client certificate are for those
 * of the URLs that were given.
 */
export function withoutCredentials(options: SourceOptions): SourceOptions {
  return { ...options, headers: {}, identity: undefined };
}

/** What a file is for, where a missing one has a failure code of its own; see `notFoundCode`. */
export type Purpose = 'image' | 'config' | 'stream';

export interface SourceOptions {
  readonly purpose?: Purpose;
  /**
   * How long to keep trying without any progress; the last try starts when this time is over.
   * 0: one try. `Infinity`: forever. Default 60 000.
   */
  readonly retryForMs?: number;
  /** The number of retries without any progress: 0 is one try. Default: as the time allows. */
  readonly retries?: number | undefined;
  /** For the name look-up, the connection and the TLS handshake together. Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** A server that sends no byte for this time counts as a broken connection. Default 30 000. */
  readonly stallTimeoutMs?: number;
  /** Called before each wait. */
  readonly onWait?: (waiting: Waiting) => void;
  /** Called before what was received already is received again, only to be compared. */
  readonly onReread?: ((again: Rereading) => void) | undefined;
  readonly userAgent?: string;
  /** CA certificates (PEM) that are trusted in addition to the system's. */
  readonly extraCaPems?: readonly string[];
  /** Which proxy to use for a URL. Default: none. */
  readonly proxyFor?: ProxyRule;
  /** For the servers of the URLs given, if they ask for a client certificate. */
  readonly identity?: ClientIdentity | undefined;
  /** Header fields for the servers of the URLs given, by lower-case name; they may be secret. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The wait before try `attempt` + 1, counted from 0. Default: 0.25 s doubling up to 8 s. */
  readonly backoff?: (attempt: number) => number;
}

/**
 * The file is not available there, and a retry does not help: no such file, or a server that denies
 * access.
 */
export class UnavailableError extends InputError {}

/** The code of a file that is not there, by what it is for. */
export function notFoundCode(purpose: Purpose | undefined): FailureCode<'input'> {
  return `${purpose ?? 'file'}-not-found`;
}
