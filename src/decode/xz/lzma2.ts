import type { Grammar } from '../byte-walker.ts';
import { DecodeFault } from '../fault.ts';
import type { BlockHeader } from './xz-headers.ts';
import type { XzVisitor } from './xz-visitor.ts';

interface Lzma2Chunk {
  readonly header: Uint8Array;
  readonly outputBytes: number;
  readonly dataBytes: number;
}

const endOfChunks: Lzma2Chunk = { header: new Uint8Array(1), outputBytes: 0, dataBytes: 0 };

/**
 * Walks through the LZMA2 chunks of one block. Each chunk's header says how long the chunk is (up
 * to 64 KiB) and what it decodes to (up to 2 MiB); liblzma verifies both.
 */
export function* lzma2Chunks(
  header: BlockHeader,
  visitor: XzVisitor,
): Grammar<{ compressedBytes: number; uncompressedBytes: number }> {
  let compressedBytes = 0;
  let uncompressedBytes = 0;
  for (;;) {
    const control = (yield { take: 1 })[0] as number;
    const chunk = control === 0 ? endOfChunks : yield* chunkHeader(control);
    compressedBytes += chunk.header.length + chunk.dataBytes;
    uncompressedBytes += chunk.outputBytes;
    if (
      compressedBytes > (header.compressedSizeBytes ?? Infinity) ||
      uncompressedBytes > (header.uncompressedSizeBytes ?? Infinity)
    )
      throw new DecodeFault('damaged', 'a block is larger than its header says');
    if (control !== 0) visitor.chunkStart(chunk.outputBytes);
    visitor.blockBytes(chunk.header);
    if (control === 0) break;
    yield { pass: chunk.dataBytes };
  }
  if (
    compressedBytes < (header.compressedSizeBytes ?? 0) ||
    uncompressedBytes < (header.uncompressedSizeBytes ?? 0)
  )
    throw new DecodeFault('damaged', 'a block is smaller than its header says');
  return { compressedBytes, uncompressedBytes };
}

/** After its first byte: an LZMA chunk, perhaps with new properties, or one that is stored. */
function* chunkHeader(control: number): Grammar<Lzma2Chunk> {
  if (control > 2 && control < 0x80) throw new DecodeFault('damaged', 'unknown LZMA2 chunk type');
  const rest = yield { take: control <= 2 ? 2 : control < 0xc0 ? 4 : 5 };
  const header = new Uint8Array(rest.length + 1);
  header[0] = control;
  header.set(rest, 1);
  const view = new DataView(header.buffer);
  const size = view.getUint16(1);
  if (control <= 2) return { header, outputBytes: size + 1, dataBytes: size + 1 };
  const outputBytes = (((control & 0x1f) << 16) | size) + 1;
  return { header, outputBytes, dataBytes: view.getUint16(3) + 1 };
}
