import { crc32 } from 'node:zlib';
import { chunkBytes, isZero } from '../../lib/bytes.ts';

const zeroChunkCrc = crc32(new Uint8Array(chunkBytes));

/** A part of a chunk, relative to its start. */
interface Piece {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Undefined for zeros, of which each part is known when the whole is. */
  readonly crc: number | undefined;
}

/** A piece of the device, and what to make of it. */
export interface RecordedPiece {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** Whether these bytes are what was written there. */
  fits(bytes: Uint8Array): boolean;
}

/**
 * What should be on a device, gathered while it is written, in any order; what is written later
 * replaces what was written before. A 32-bit CRC for each MiB: made against disks that lose or
 * damage data, not against malicious ones, which could deceive the reader as well. Memory is about
 * 50 MB for each TiB.
 */
export class WrittenRecord {
  /** Chunks that were written as a whole. */
  readonly #whole = new Map<number, number>();
  readonly #parts = new Map<number, readonly Piece[]>();

  add(offsetBytes: number, bytes: Uint8Array): void {
    for (const { index, start, end, from } of chunksOf(offsetBytes, bytes.length)) {
      const part = bytes.subarray(from, from + end - start);
      if (part.length === chunkBytes) this.#addWhole(index, crc32(part));
      else this.#addPart(index, { start, end, crc: isZero(part) ? undefined : crc32(part) });
    }
  }

  addZeros(offsetBytes: number, lengthBytes: number): void {
    for (const { index, start, end } of chunksOf(offsetBytes, lengthBytes)) {
      if (end - start === chunkBytes) this.#addWhole(index, zeroChunkCrc);
      else this.#addPart(index, { start, end, crc: undefined });
    }
  }

  /** From now on, nothing is known of that range. */
  forget(offsetBytes: number, lengthBytes: number): void {
    for (const { index, start, end } of chunksOf(offsetBytes, lengthBytes)) {
      this.#parts.set(index, this.#without(index, start, end));
      this.#whole.delete(index);
    }
  }

  /** All that is known within a range, in order; what lies in it only in part is included. */
  *pieces(startBytes = 0, endBytes = Number.MAX_SAFE_INTEGER): Generator<RecordedPiece> {
    const indexes = [...this.#whole.keys(), ...this.#parts.keys()].sort((a, b) => a - b);
    for (const index of indexes) {
      const chunkStart = index * chunkBytes;
      if (chunkStart + chunkBytes <= startBytes || chunkStart >= endBytes) continue;
      for (const { start, end, crc } of this.#piecesOf(index)) {
        if (chunkStart + end <= startBytes || chunkStart + start >= endBytes) continue;
        yield {
          offsetBytes: chunkStart + start,
          lengthBytes: end - start,
          fits: (bytes) => (crc === undefined ? isZero(bytes) : crc32(bytes) === crc),
        };
      }
    }
  }

  #addWhole(index: number, crc: number): void {
    this.#parts.delete(index);
    this.#whole.set(index, crc);
  }

  #addPart(index: number, piece: Piece): void {
    const pieces = [...this.#without(index, piece.start, piece.end), piece];
    this.#parts.set(
      index,
      pieces.sort((a, b) => a.start - b.start),
    );
    this.#whole.delete(index);
  }

  #piecesOf(index: number): readonly Piece[] {
    const crc = this.#whole.get(index);
    if (crc === undefined) return this.#parts.get(index) ?? [];
    return [{ start: 0, end: chunkBytes, crc: crc === zeroChunkCrc ? undefined : crc }];
  }

  /** Of pieces that are covered in part only zeros remain known. */
  #without(index: number, start: number, end: number): Piece[] {
    return this.#piecesOf(index).flatMap((piece) => {
      if (piece.end <= start || piece.start >= end) return [piece];
      if (piece.crc !== undefined) return [];
      const rests = [
        { ...piece, end: start },
        { ...piece, start: end },
      ];
      return rests.filter((rest) => rest.start < rest.end);
    });
  }
}

/** The parts of a range by chunk; `from` is where a part begins in the range. */
function* chunksOf(offsetBytes: number, lengthBytes: number) {
  for (let from = 0; from < lengthBytes; ) {
    const at = offsetBytes + from;
    const start = at % chunkBytes;
    const end = Math.min(chunkBytes, start + lengthBytes - from);
    yield { index: Math.floor(at / chunkBytes), start, end, from };
    from += end - start;
  }
}
