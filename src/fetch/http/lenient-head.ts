import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';

/** A longer head is left to the parser, which refuses it. */
export const longestHeadBytes = 64 * 1024;
const start = 'HTTP/';

/** A contradictory head: where the body ends is not certain. */
export class HeadError extends Error {
  override readonly name = 'HeadError';
  readonly code = 'CONTRADICTORY_HEAD';
}

/**
 * Reads the head of the next answer on the socket as leniently as curl does, and passes it on as
 * strictly as undici's parser wants it. All that it accepts is harmless in a download, whose
 * connection carries no second answer:
 *
 * - lines that end in LF alone, and spaces before a colon;
 * - a line that continues on the next one;
 * - a repeated Content-Length with the same value, or together with Transfer-Encoding, which then
 *   takes precedence, unless it is `identity`, which means nothing;
 * - interim answers (1xx) that were not requested.
 */
export function readLeniently(socket: Socket): Socket {
  let held: Buffer = Buffer.alloc(0);
  const { read } = socket;
  socket.read = (size?: number) => {
    const chunk: Buffer | null = read.call(socket, size);
    if (chunk === null) return null;
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    try {
      const strict = strictHead(held);
      if (strict === undefined) return null;
      // Deleting what hides the method of the class would make every access slower.
      socket.read = read;
      return strict;
    } catch (error) {
      socket.destroy(error as Error);
      return null;
    }
  };
  return socket;
}

/**
 * The beginning of an answer, its head in strict form; undefined until the head is complete. What
 * is not a head is returned as it is. Throws `HeadError`.
 */
export function strictHead(received: Buffer): Buffer | undefined {
  for (let bytes = received; ; ) {
    const begun = bytes.toString('latin1', 0, start.length);
    if (begun !== start.slice(0, begun.length)) return bytes;
    const head = bytes.toString('latin1', 0, longestHeadBytes);
    const end = /\n\r?\n/.exec(head);
    if (end === null) return bytes.length < longestHeadBytes ? undefined : bytes;
    const rest = bytes.subarray(end.index + end[0].length);
    const [statusLine = '', ...lines] = head.slice(0, end.index).split('\n').map(withoutReturn);
    const status = /^HTTP\/\S+ +(\d+)/.exec(statusLine)?.[1] ?? '';
    if (status === '101')
      throw new HeadError('it switches to another protocol without being asked');
    if (!/^1\d\d$/.test(status)) {
      const strict = [statusLine, ...strictFields(lines), '', ''].join('\r\n');
      return Buffer.concat([Buffer.from(strict, 'latin1'), rest]);
    }
    if (received.length - rest.length > longestHeadBytes)
      throw new HeadError('it sends too many interim answers (1xx)');
    bytes = rest;
  }
}

const withoutReturn = (line: string) => line.replace(/\r$/, '');

function strictFields(lines: readonly string[]): string[] {
  const fields: string[] = [];
  for (const line of lines) {
    const goesOn = /^[ \t]/.test(line);
    if (goesOn && fields.length > 0) fields.push(`${fields.pop()} ${line.trim()}`);
    else if (goesOn || !line.includes(':'))
      throw new HeadError(`its header has the line ${quoted(line)}`);
    else fields.push(line.replace(/^([^:]*?)[ \t]+:/, '$1:'));
  }
  const lengths = fields.filter(isField('content-length'));
  const others = fields.filter(
    (field) => !isField('content-length')(field) && !noTransferCoding.test(field),
  );
  if (lengths.length === 0 || others.some(isField('transfer-encoding'))) return others;
  const values = new Set(
    lengths.flatMap((field) => field.replace(/^[^:]*:/, '').split(',')).map(trimmed),
  );
  const [value, ...more] = values;
  if (more.length > 0 || Number(value) > Number.MAX_SAFE_INTEGER)
    throw new HeadError(`it sends Content-Length as ${[...values].map(quoted).join(' and as ')}`);
  return [...others, `Content-Length: ${value}`];
}

/** Defined in RFC 2616 section 3.6, removed in RFC 7230. */
const noTransferCoding = /^transfer-encoding:[ \t]*identity[ \t]*$/i;

const isField = (name: string) => (field: string) => field.toLowerCase().startsWith(`${name}:`);
const trimmed = (text: string) => text.trim();
const quoted = (text: string) => JSON.stringify(text.replace(/[^\x20-\x7e]/g, '?').slice(0, 60));
