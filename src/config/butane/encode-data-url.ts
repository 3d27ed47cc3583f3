import { gzipSync } from 'node:zlib';

export interface Embedded {
  readonly source: string;
  /** Undefined: what the config said is kept. */
  readonly compression?: string;
}

/** A text as 1.0.0 embeds it: percent-encoded. */
export function plainDataUrl(text: string): string {
  return `data:,${percentEncode(Buffer.from(text))}`;
}

/**
 * Contents in the shortest of three forms, as from 1.1.0 on: percent-encoded, base64, gzip in
 * base64. What is compressed already, as the config says, is not compressed again.
 */
export function shortestDataUrl(contents: Uint8Array, compression: string | undefined): Embedded {
  const bytes = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  const base64 = `data:;base64,${bytes.toString('base64')}`;
  // To encode megabytes takes seconds: only what is used is.
  const plainLength = 'data:,'.length + percentEncodedLength(bytes);
  const source = base64.length < plainLength ? base64 : `data:,${percentEncode(bytes)}`;
  if (compression) return { source };
  const packed = `data:;base64,${gzipSync(bytes, { level: 9 }).toString('base64')}`;
  if (packed.length + 'gzip'.length < source.length) return { source: packed, compression: 'gzip' };
  // Explicit, so that the compression of a config that this one is merged over does not apply.
  return { source, compression: '' };
}

/** Each byte: all but the unreserved characters of RFC 2396, section 2.3, as `%XX`. */
const encoded = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9\-_.!~*'()]/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});
const encodedLength = Uint8Array.from(encoded, ({ length }) => length);

function percentEncode(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^A-Za-z0-9]/g, (character) => encoded[character.charCodeAt(0)] as string);
}

function percentEncodedLength(bytes: Buffer): number {
  let length = 0;
  for (let index = 0; index < bytes.length; index++)
    length += encodedLength[bytes[index] as number] as number;
  return length;
}
