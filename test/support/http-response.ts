import type { IncomingMessage } from 'node:http';

/** A file that a server hands out. */
export interface ServedFile {
  readonly bytes: Uint8Array;
  /** With its quotes; none: no ETag. */
  readonly etag?: string;
  readonly lastModified?: Date;
}

/** The faults of one response; everything else is correct. */
export interface Fault {
  /** Answers with this status and a short body. */
  readonly status?: number;
  /** More header fields, or others; an empty value leaves the field out. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly redirectTo?: string;
  /** Sends this file instead, as if it had been replaced. */
  readonly file?: ServedFile;
  /** Closes the connection after this number of bytes of the body. */
  readonly cutAfterBytes?: number;
  /** Resets the connection instead of closing it. */
  readonly reset?: boolean;
  /** Sends this number of bytes of the body and then nothing more. */
  readonly stallAfterBytes?: number;
  /** Accepts the request and never answers. */
  readonly silent?: boolean;
  /** Sends the body in pieces of this size, with a pause after each for which `pauses` says so. */
  readonly drip?: {
    readonly pieceBytes: number;
    readonly everyMs: number;
    readonly pauses?: () => boolean;
  };
  /** What Content-Length says; 'none' leaves it out: the end of the connection ends the body. */
  readonly contentLength?: number | 'none';
  readonly chunked?: boolean;
  readonly http10?: boolean;
  /** Ends the lines of the header in LF alone, and sends the length twice. */
  readonly sloppy?: boolean;
  /** Answers 200 with everything to a request for a range. */
  readonly noRanges?: boolean;
  /** Sends the range even if If-Range does not match. */
  readonly ignoreIfRange?: boolean;
  /** These bytes instead of any answer. */
  readonly raw?: string;
}

/** A whole answer, after which the connection is kept for the next request. */
export const keptOpen: Fault = {
  stallAfterBytes: Number.MAX_SAFE_INTEGER,
  headers: { Connection: 'keep-alive', 'Keep-Alive': 'timeout=600' },
};

export type ServedFiles = Readonly<Record<string, ServedFile | Uint8Array>>;

export interface Response {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

export function respond(request: IncomingMessage, fault: Fault, files: ServedFiles): Response {
  const found = fault.file ?? files[request.url ?? ''];
  const file = found instanceof Uint8Array ? { bytes: found } : found;
  const headers: Record<string, string> = { Date: new Date().toUTCString(), Connection: 'close' };
  const plain = (status: number, more: Record<string, string> = {}): Response => {
    const body = Buffer.from('<!DOCTYPE html><title>An answer without a file</title>');
    const length = { 'Content-Length': String(body.length) };
    return { status, headers: { ...headers, ...length, ...more }, body };
  };
  if (fault.status !== undefined) {
    return plain(fault.status);
  }
  if (fault.redirectTo !== undefined) {
    return plain(302, { Location: fault.redirectTo });
  }
  if (file === undefined) {
    return plain(404);
  }
  const modified = file.lastModified?.toUTCString();
  Object.assign(
    headers,
    file.etag && { ETag: file.etag },
    modified && { 'Last-Modified': modified },
  );
  const total = file.bytes.length;
  const range = fault.noRanges ? undefined : askedRange(request, total);
  const condition = request.headers['if-range'];
  const same = condition === undefined || condition === file.etag || condition === modified;
  if (range === undefined || !(same || fault.ignoreIfRange)) {
    return { status: 200, headers: { ...headers, ...length(fault, total) }, body: file.bytes };
  }
  if (range.start >= total) {
    return plain(416, { 'Content-Range': `bytes */${total}` });
  }
  const body = file.bytes.subarray(range.start, range.end);
  const contentRange = `bytes ${range.start}-${range.end - 1}/${total}`;
  return {
    status: 206,
    headers: { ...headers, ...length(fault, body.length), 'Content-Range': contentRange },
    body,
  };
}

function length(fault: Fault, bytes: number): Record<string, string> {
  if (fault.chunked) {
    return { 'Transfer-Encoding': 'chunked' };
  }
  return fault.contentLength === 'none'
    ? {}
    : { 'Content-Length': String(fault.contentLength ?? bytes) };
}

function askedRange(request: IncomingMessage, total: number) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
  if (match === null) {
    return undefined;
  }
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  return first === ''
    ? { start: Math.max(0, total - Number(last)), end: total }
    : { start: Number(first), end: last === '' ? total : Math.min(Number(last) + 1, total) };
}

export function chunk(piece: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    Buffer.from('\r\n'),
  ]);
}
