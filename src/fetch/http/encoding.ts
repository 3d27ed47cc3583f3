import type { Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { compressedFormat } from '../../decode/image-format.ts';
import { hasBytes } from '../../lib/bytes.ts';
import { entryOf } from '../../lib/entry-of.ts';
import type { Headers } from './http-headers.ts';

/** How much of a body shows whether it is what its label says. */
export const encodingProbeBytes = 8192;

/** Bytes that decode to this much were really encoded. */
const enoughBytes = 1024 * 1024;

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  zstd: createZstdDecompress,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The encoding that an answer's label names; undefined for none, or for words that name no encoding. */
export function labelledEncoding(headers: Headers): string | undefined {
  const codings = (headers.get('content-encoding') ?? '').toLowerCase().split(/[\s,]+/);
  return codings.findLast((coding) => entryOf(decoders, coding) !== undefined);
}

/**
 * Whether a body that begins with these bytes was encoded on the way, as its label says. The
 * request did not ask for that, so most labels mean something else: that the file itself is
 * compressed, or nothing at all. The label is right where the bytes can be decoded accordingly and
 * cannot be the file itself: no file is compressed twice, and no text that is fetched here is
 * stored compressed.
 */
export async function isReEncoded(coding: string, firstBytes: Uint8Array): Promise<boolean> {
  if (isText(firstBytes) || isDisk(firstBytes)) return false;
  const { inside, sizeBytes } = await decodedBeginning(coding, firstBytes);
  if (inside === undefined) return false;
  if (compressedFormat(inside) !== undefined || isText(inside)) return true;
  // Brotli can store raw bytes, and so accepts some noise.
  return compressedFormat(firstBytes) === undefined && sizeBytes > firstBytes.length;
}

interface Decoded {
  /** The first of it; undefined where the bytes are something else. */
  readonly inside: Uint8Array | undefined;
  readonly sizeBytes: number;
}

async function decodedBeginning(coding: string, bytes: Uint8Array): Promise<Decoded> {
  const decoder = (decoders[coding] as () => Transform)();
  let inside: Uint8Array | undefined;
  let sizeBytes = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      decoder.on('data', (chunk: Uint8Array) => {
        inside ??= chunk;
        sizeBytes += chunk.length;
        if (sizeBytes >= enoughBytes) resolve();
      });
      decoder.on('error', reject);
      decoder.write(bytes, () => setImmediate(resolve));
    });
    return { inside, sizeBytes };
  } catch {
    return { inside: undefined, sizeBytes: 0 };
  } finally {
    decoder.destroy();
  }
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    // Text that is cut in the middle of a character is still text.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Whether a partition table is where a disk has one. */
function isDisk(bytes: Uint8Array): boolean {
  return hasBytes(bytes, 512, 'EFI PART') || hasBytes(bytes, 4096, 'EFI PART');
}
