import { BackgroundHash } from '../../native/hash.ts';
import { TransientError, type TransientReason } from '../retry.ts';
import type { HttpAnswer } from './answer.ts';
import { contentRange, entityTag, type Headers, sizeField } from './http-headers.ts';

/** What is known of a file of which the beginning is there already. */
export interface KnownFile {
  /** How much of it is there. */
  readonly lengthBytes: number;
  /** Undefined where no server has said it. */
  readonly sizeBytes: number | undefined;
  /** See `strongValidator`. */
  readonly validator: string | undefined;
  /** The content coding: a validator that is the same for both codings of a file is no help. */
  readonly encoding: string | undefined;
}

/**
 * The size of the whole file, if a 206 answer holds what follows, of the same version of the file;
 * undefined for any other answer.
 */
export function sizeByRest({ headers }: HttpAnswer, known: KnownFile): number | undefined {
  const range = contentRange(headers);
  if (range?.totalBytes === undefined || range.first !== known.lengthBytes) return undefined;
  const rangeBytes = range.last + 1 - range.first;
  const same =
    (bodySize(headers) ?? rangeBytes) === rangeBytes &&
    range.totalBytes === (known.sizeBytes ?? range.totalBytes) &&
    isSameVersion(headers, known.validator) &&
    headers.get('content-encoding') === known.encoding;
  return same ? range.totalBytes : undefined;
}

/** Not every server looks at the condition: what an answer says of its version must not contradict it. */
function isSameVersion(headers: Headers, validator: string | undefined): boolean {
  const tag = entityTag(headers);
  if (tag !== undefined) return tag.replace(/^W\//, '') === validator;
  const isDate = validator !== undefined && !validator.startsWith('"');
  return !isDate || (headers.get('last-modified') ?? validator) === validator;
}

/** The digest of an answer's first bytes, undefined where it ends before; the rest stays unread. */
export async function readBeginning(
  answer: HttpAnswer,
  lengthBytes: number,
  onRead: (readBytes: number) => void,
): Promise<{ readonly readBytes: number; readonly sha256: string | undefined }> {
  const hash = new BackgroundHash('sha256');
  let readBytes = 0;
  while (readBytes < lengthBytes) {
    const chunk = await answer.read();
    if (chunk === undefined) return { readBytes, sha256: undefined };
    const wanted = chunk.subarray(0, lengthBytes - readBytes);
    await hash.update(wanted);
    readBytes += wanted.length;
    if (wanted.length < chunk.length) answer.unread(chunk.subarray(wanted.length));
    onRead(readBytes);
  }
  return { readBytes, sha256: await hash.digest() };
}

/**
 * What Content-Length says of the body; undefined for a chunked one, which marks its end itself.
 */
export function bodySize(headers: Headers): number | undefined {
  return headers.has('transfer-encoding') ? undefined : sizeField(headers, 'content-length');
}

/** How far a download has come, for messages. */
export function positionOf(deliveredBytes: number, sizeBytes: number | undefined): string {
  const ofSize = sizeBytes === undefined ? '' : ` of ${sizeBytes}`;
  return `${deliveredBytes}${ofSize} bytes`;
}

export const sendsTooMuch: TransientReason = {
  code: 'http-response-invalid',
  why: 'the server sends more than it announced',
  next: 'Check the server.',
};

export function changedAfter(position: string): TransientReason {
  return {
    code: 'file-changed',
    why: `the file on the server changed during the download, after ${position}`,
    next: 'Do not change it until the installation is complete, and run it again.',
  };
}

export function endedAfter(position: string): TransientError {
  return new TransientError({
    code: 'download-incomplete',
    why: `it ended after ${position}`,
    next: 'Check that the file on the server is complete, and the network.',
  });
}
