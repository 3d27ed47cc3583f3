import { abortable, Condition } from '../../lib/promises.ts';
import type { ChunkWriter } from '../chunk-writer.ts';
import type { DecodeOptions } from '../decoder.ts';
import { needsMemory } from '../fault.ts';
import type { Pieces } from '../pieces.ts';
import { decodeUnit } from './decode-unit.ts';
import { KnownZeros } from './known-zeros.ts';
import type { Unit } from './unit.ts';

const mebibyte = 1024 * 1024;
/**
 * What a lane needs in addition to its dictionary: a piece, chunks being filled and being written.
 */
const laneBytes = 7 * mebibyte;
/** Compressed bytes that may always wait. */
const leastWaitingBytes = 2 * mebibyte;
/** Compressed bytes that may wait for each lane after the first: most of a block of 192 MiB. */
const waitingBytesPerLane = 40 * mebibyte;

/**
 * Decodes units in parallel, started in the order of the file, as many as jobs and memory allow.
 * The first unit always has a lane and its bytes come first, so there is always progress, however
 * little memory there is for the compressed bytes that wait.
 */
export class Lanes {
  readonly #writer: ChunkWriter;
  readonly #pieces: Pieces;
  readonly #zeros = new KnownZeros();
  readonly #options: DecodeOptions;
  readonly #halt = new AbortController();
  /** Aborts with the reason when a lane fails or the caller gives up. */
  readonly signal: AbortSignal;
  readonly #queue: Unit[] = [];
  readonly #changed = new Condition();
  readonly #running = new Set<Promise<void>>();
  #reservedBytes = 0;
  #waitingBytes = 0;

  constructor(writer: ChunkWriter, pieces: Pieces, options: DecodeOptions) {
    this.#writer = writer;
    this.#pieces = pieces;
    this.#options = options;
    this.signal = AbortSignal.any([options.signal, this.#halt.signal]);
  }

  /** Takes a unit whose pieces are still arriving. Throws `DecodeFault` when it can never run. */
  enqueue(unit: Unit): void {
    const { memoryLimitBytes } = this.#options;
    if (unit.dictionaryBytes > memoryLimitBytes)
      throw needsMemory(unit.dictionaryBytes, memoryLimitBytes);
    this.#queue.push(unit);
    this.#admit();
  }

  /** Counts compressed bytes that were added to a unit. */
  received(bytes: number): void {
    this.#waitingBytes += bytes;
  }

  /** Resolves when more compressed bytes may come. */
  async room(): Promise<void> {
    while (this.#waitingBytes > this.#mostWaitingBytes()) await this.#nextChange();
  }

  /** Resolves when every unit is decoded. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await this.#nextChange();
    this.signal.throwIfAborted();
  }

  /** Stops every lane, and resolves when none runs any more. */
  async abandon(reason: unknown): Promise<void> {
    this.#halt.abort(reason);
    await Promise.all(this.#running);
  }

  async #nextChange(): Promise<void> {
    await abortable(this.#changed.wait(), this.signal);
  }

  #mostWaitingBytes(): number {
    const { jobs, memoryLimitBytes } = this.#options;
    const wanted = leastWaitingBytes + (jobs - 1) * waitingBytesPerLane;
    return Math.max(leastWaitingBytes, Math.min(wanted, memoryLimitBytes - this.#reservedBytes));
  }

  #admit(): void {
    for (let unit = this.#queue[0]; unit && this.#fits(unit); unit = this.#queue[0]) {
      this.#queue.shift();
      this.#start(unit);
    }
  }

  #fits(unit: Unit): boolean {
    const running = this.#running.size;
    if (running === 0) return true;
    // Without memory for the bytes of the blocks before its own, a lane would only wait for them.
    const waitingBytes = leastWaitingBytes + (running * unit.dictionaryBytes) / 2;
    const bytes = this.#reservedBytes + unit.dictionaryBytes + laneBytes + waitingBytes;
    return running < this.#options.jobs && bytes <= this.#options.memoryLimitBytes;
  }

  #start(unit: Unit): void {
    const bytes = unit.dictionaryBytes + laneBytes;
    this.#reservedBytes += bytes;
    const lane = this.#decode(unit)
      .catch((error: unknown) => this.#halt.abort(error))
      .finally(() => {
        this.#reservedBytes -= bytes;
        this.#running.delete(lane);
        if (!this.signal.aborted) this.#admit();
        this.#changed.notify();
      });
    this.#running.add(lane);
  }

  async #decode(unit: Unit): Promise<void> {
    await decodeUnit(unit, {
      writer: this.#writer,
      zeros: this.#zeros,
      signal: this.signal,
      release: (piece) => {
        this.#waitingBytes -= piece.length;
        this.#pieces.giveBack(piece);
        this.#changed.notify();
      },
    });
  }
}
