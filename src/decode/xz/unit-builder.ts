import type { Pieces } from '../pieces.ts';
import { type BlockRecord, indexAndFooter } from './index-records.ts';
import { Unit } from './unit.ts';
import type { BlockHeader, StreamHeader } from './xz-headers.ts';
import type { XzVisitor } from './xz-visitor.ts';

const mebibyte = 1024 * 1024;
/** A unit takes no further block once it reaches one of these: decoded size, size, blocks. */
const unitOutputBytes = mebibyte;
const unitInputBytes = mebibyte;
const unitBlocks = 1024;
/** Dictionaries up to this size do not keep blocks out of a unit. */
const smallDictionaryBytes = 8 * mebibyte;
/** A piece ends before the LZMA2 chunk with which it would decode to more than this. */
const pieceOutputBytes = 3 * mebibyte;
/** A piece ends at this size; see `Pieces` for what can still be added. */
const pieceInputBytes = 384 * 1024;

/**
 * Cuts what the walker walks past into units, and these into pieces of bounded output. Pieces end
 * between LZMA2 chunks, whose headers say what they decode to, so one piece never decodes to more
 * than 3 MiB, however well zeros are compressed.
 */
export class UnitBuilder implements XzVisitor {
  readonly #onUnit: (unit: Unit) => void;
  readonly #onPiece: (bytes: number) => void;
  readonly #position: () => number;
  readonly #pieces: Pieces;
  #piece: Uint8Array<ArrayBuffer>;
  #pieceBytes = 0;
  #pieceOutputBytes = 0;
  #stream: StreamHeader | undefined;
  #unit: Unit | undefined;
  #records: BlockRecord[] = [];
  #unitInputBytes = 0;
  #unitOutputBytes = 0;
  /** Where the next block's output begins; at the end, the size of the image. */
  outputBytes = 0;

  /**
   * `onUnit` gets each unit when its first block begins, `onPiece` the number of bytes that were
   * added to some unit; `position` returns the walker's position in the file, for messages.
   */
  constructor(
    onUnit: (unit: Unit) => void,
    onPiece: (bytes: number) => void,
    position: () => number,
    pieces: Pieces,
  ) {
    this.#pieces = pieces;
    this.#piece = pieces.take();
    this.#onUnit = onUnit;
    this.#onPiece = onPiece;
    this.#position = position;
  }

  streamStart(header: StreamHeader): void {
    this.#stream = header;
  }

  blockStart(header: BlockHeader): void {
    const needBytes = Math.min(header.dictionaryBytes, header.uncompressedSizeBytes ?? Infinity);
    if (this.#unit && needBytes > Math.max(this.#unit.dictionaryBytes, smallDictionaryBytes))
      this.#closeUnit();
    if (!this.#unit) {
      this.#unit = new Unit(this.outputBytes, this.#position(), needBytes);
      this.#unitInputBytes = 0;
      this.#unitOutputBytes = 0;
      this.#append((this.#stream as StreamHeader).bytes);
      this.#onUnit(this.#unit);
    } else if (this.#pieceBytes >= pieceInputBytes) this.#cutPiece();
  }

  chunkStart(outputBytes: number): void {
    const full =
      this.#pieceBytes >= pieceInputBytes ||
      (this.#pieceOutputBytes > 0 && this.#pieceOutputBytes + outputBytes > pieceOutputBytes);
    if (full) this.#cutPiece();
    this.#pieceOutputBytes += outputBytes;
  }

  blockBytes(bytes: Uint8Array): void {
    this.#append(bytes);
    this.#unitInputBytes += bytes.length;
  }

  blockEnd(record: BlockRecord): void {
    this.#records.push(record);
    this.outputBytes += record.uncompressedSizeBytes;
    this.#unitOutputBytes += record.uncompressedSizeBytes;
    const full =
      this.#unitOutputBytes >= unitOutputBytes ||
      this.#unitInputBytes >= unitInputBytes ||
      this.#records.length >= unitBlocks;
    if (full) this.#closeUnit();
  }

  streamEnd(): void {
    this.#closeUnit();
  }

  #append(bytes: Uint8Array): void {
    this.#piece.set(bytes, this.#pieceBytes);
    this.#pieceBytes += bytes.length;
  }

  #cutPiece(): void {
    const piece = this.#piece.subarray(0, this.#pieceBytes);
    if (this.#pieces.keeps(piece.length)) {
      this.#unit?.add(piece, this.#pieceOutputBytes);
      this.#piece = this.#pieces.take();
    } else this.#unit?.add(piece.slice(), this.#pieceOutputBytes);
    this.#onPiece(this.#pieceBytes);
    this.#pieceBytes = 0;
    this.#pieceOutputBytes = 0;
  }

  #closeUnit(): void {
    if (!this.#unit || !this.#stream) return;
    this.#append(indexAndFooter(this.#records, this.#stream.checkId));
    this.#records = [];
    this.#cutPiece();
    this.#unit.complete();
    this.#unit = undefined;
  }
}
