import { isZero } from '../../lib/bytes.ts';
import { abortable } from '../../lib/promises.ts';
import type { Unit } from './unit.ts';

type Piece = Uint8Array<ArrayBuffer>;

/** A block of zeros is compressed several thousandfold: 192 MiB to 28 KiB. */
const mostBytes = 256 * 1024;

/**
 * Remembers the compressed bytes of a unit that decoded to nothing but zeros. One with the same
 * bytes decodes to the same, its check included, so it need not be decoded: in a disk image that
 * was enlarged, all blocks after the data are alike, and liblzma repeats a byte by copying it one
 * by one.
 */
export class KnownZeros {
  #pieces: readonly Piece[] | undefined;

  /** Takes pieces from the unit while they match the known ones; `same`: all of it matched. */
  async compare(unit: Unit, signal: AbortSignal): Promise<{ taken: Piece[]; same: boolean }> {
    const taken: Piece[] = [];
    if (this.#pieces === undefined) return { taken, same: false };
    // One more than known: the unit has to end after them.
    for (const known of [...this.#pieces, undefined]) {
      const piece = await abortable(unit.take(), signal);
      if (piece !== undefined) taken.push(piece);
      if (piece === undefined || known === undefined) return { taken, same: piece === known };
      if (Buffer.compare(piece, known) !== 0) break;
    }
    return { taken, same: false };
  }

  /** Observes the decoding of a unit. */
  recording(): ZerosRecording {
    return new ZerosRecording((pieces) => {
      this.#pieces = pieces;
    });
  }
}

/** Keeps copies of a unit's pieces while they are small, and decode to zeros. */
class ZerosRecording {
  readonly #remember: (pieces: readonly Piece[]) => void;
  #pieces: Piece[] | undefined = [];
  #bytes = 0;

  constructor(remember: (pieces: readonly Piece[]) => void) {
    this.#remember = remember;
  }

  /** `madeBytes` were decoded, into one place after the other. */
  decoded(places: readonly Uint8Array[], madeBytes: number): void {
    let leftBytes = madeBytes;
    for (const place of places) {
      if (this.#pieces === undefined || leftBytes <= 0) return;
      if (!isZero(place.subarray(0, leftBytes))) this.#pieces = undefined;
      leftBytes -= place.length;
    }
  }

  usedUp(piece: Piece): void {
    this.#bytes += piece.length;
    if (this.#bytes > mostBytes) this.#pieces = undefined;
    this.#pieces?.push(piece.slice());
  }

  /** The unit was decoded, and its sizes and checks are right. */
  succeeded(): void {
    if (this.#pieces !== undefined) this.#remember(this.#pieces);
  }
}
