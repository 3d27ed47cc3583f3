import type { DecodeOptions } from '../image/decoder.ts';
import { abortable } from '../image/decoders/abortable.ts';
import { Bell } from '../image/decoders/bell.ts';
import type { ChunkWriter } from '../image/decoders/chunk-writer.ts';
import { DecodeFault, needsMemory } from '../image/decoders/fault.ts';
import { streamHeaderBytes } from './headers.ts';
import { NativeDecoder } from './native-decoder.ts';
import type { Pieces } from './pieces.ts';
import type { Unit } from './unit.ts';

const mebibyte = 1024 * 1024;
/** What a lane needs beside its dictionary: a piece, chunks being filled and on their way. */
const laneBytes = 4 * mebibyte;
/** Compressed bytes that may always wait. */
const leastWaitingBytes = 8 * mebibyte;
/** Compressed bytes that may wait for each lane after the first: a block of 192 MiB, and more. */
const waitingBytesPerLane = 64 * mebibyte;

/**
 * Decodes units side by side, in the order of the file, as many as jobs and memory allow. The
 * first unit always has a lane and its bytes come first, so there is always progress, however
 * little memory there is for the compressed bytes that wait.
 */
export class Lanes {
  readonly #writer: ChunkWriter;
  readonly #pieces: Pieces;
  readonly #options: DecodeOptions;
  readonly #halt = new AbortController();
  /** Aborts with the reason when a lane fails or the caller gives up. */
  readonly signal: AbortSignal;
  readonly #queue: Unit[] = [];
  readonly #bell = new Bell();
  readonly #running = new Set<Promise<void>>();
  #reservedBytes = 0;
  #waitingBytes = 0;

  constructor(writer: ChunkWriter, pieces: Pieces, options: DecodeOptions) {
    this.#writer = writer;
    this.#pieces = pieces;
    this.#options = options;
    this.signal = AbortSignal.any([options.signal, this.#halt.signal]);
  }

  /** Takes a unit whose pieces are still arriving. Throws `DecodeFault` when it never could run. */
  enqueue(unit: Unit): void {
    const { memoryLimitBytes } = this.#options;
    if (unit.dictionaryBytes > memoryLimitBytes)
      throw needsMemory(unit.dictionaryBytes, memoryLimitBytes);
    this.#queue.push(unit);
    this.#admit();
  }

  /** So many compressed bytes were added to a unit. */
  received(bytes: number): void {
    this.#waitingBytes += bytes;
  }

  /** Resolves when more compressed bytes may come. */
  async room(): Promise<void> {
    while (this.#waitingBytes > this.#mostWaitingBytes()) await this.#heard();
  }

  /** Resolves when every unit is decoded. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await this.#heard();
    this.signal.throwIfAborted();
  }

  /** Stops every lane, and resolves when none runs any more. */
  async abandon(reason: unknown): Promise<void> {
    this.#halt.abort(reason);
    await Promise.all(this.#running);
  }

  async #heard(): Promise<void> {
    await abortable(this.#bell.heard(), this.signal);
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
    // A lane without room for the bytes of the blocks before its own would only wait for them.
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
        this.#bell.ring();
      });
    this.#running.add(lane);
  }

  async #decode(unit: Unit): Promise<void> {
    using decoder = new NativeDecoder();
    let outputBytes = 0;
    let ended = false;
    for (;;) {
      const piece = await abortable(unit.take(), this.signal);
      if (!piece) break;
      for (let used = 0; used < piece.length; ) {
        if (ended) throw disagreement(unit);
        await abortable(this.#writer.ready(), this.signal);
        const place = this.#writer.place(unit.outputOffsetBytes + outputBytes);
        const decoded = await decoder
          .decode(piece.subarray(used), place.subarray(0, unit.outputBytes - outputBytes))
          .catch((error: unknown) => {
            throw located(error, unit);
          });
        if (decoded.usedBytes + decoded.madeBytes === 0) throw disagreement(unit);
        this.#writer.filled(unit.outputOffsetBytes + outputBytes, decoded.madeBytes);
        ({ ended } = decoded);
        used += decoded.usedBytes;
        outputBytes += decoded.madeBytes;
      }
      this.#waitingBytes -= piece.length;
      this.#pieces.giveBack(piece);
      this.#bell.ring();
    }
    if (!ended || outputBytes !== unit.outputBytes) throw disagreement(unit);
  }
}

/** liblzma accepts the blocks, but not as the walker has cut them: never seen, never trusted. */
function disagreement(unit: Unit): DecodeFault {
  return new DecodeFault(
    'damaged',
    'a block decodes to a size that is not its own',
    unit.inputOffsetBytes,
  );
}

/** The fault with its place in the file instead of in the unit's own stream. */
function located(error: unknown, unit: Unit): unknown {
  if (!(error instanceof DecodeFault) || error.offsetBytes === undefined) return error;
  const within = Math.max(0, error.offsetBytes - streamHeaderBytes);
  return new DecodeFault(error.kind, error.message, unit.inputOffsetBytes + within);
}
