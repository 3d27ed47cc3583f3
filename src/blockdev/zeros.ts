import { alignedBuffers } from './aligned-memory.ts';
import { chunkBytes } from './chunk.ts';
import { run } from './command.ts';
import type { DeviceFile } from './device-file.ts';
import { addRange, type Range, totalOf } from './ranges.ts';
import type { Target } from './target.ts';

const mebibyte = 1024 * 1024;
/** Asking the device takes a process; smaller ranges are written as fast. */
const leastAskedBytes = 4 * mebibyte;
/** What may wait to be zeroed, so that progress goes on and the list stays short. */
const mostWaitingBytes = 512 * mebibyte;
const mostWaitingRanges = 256;

const zeros = Buffer.alloc(chunkBytes);
/** Made when the first range is written: most disks zero by themselves, or see no zeros. */
let alignedZeros: Uint8Array | undefined;

/** Whether all of at most a chunk is zero. Data says no within its first bytes. */
export function isZero(bytes: Uint8Array): boolean {
  return zeros.compare(bytes, 0, bytes.length, 0, bytes.length) === 0;
}

/**
 * Ranges of zeros that are due on the device. They wait so that neighbours become one: a device
 * that zeroes by itself takes a gigabyte as quickly as a sector. They are never skipped: what was
 * on the disk before must be gone.
 */
export class DueZeros {
  readonly #target: Target;
  readonly #file: DeviceFile;
  #ranges: Range[] = [];
  #working: Promise<void> = Promise.resolve();
  #asks: boolean;

  constructor(target: Target, file: DeviceFile) {
    this.#target = target;
    this.#file = file;
    this.#asks = target.writeZeroesMaxBytes > 0;
  }

  /** The device zeroes ranges by itself, so it is worth finding them. */
  get worthwhile(): boolean {
    return this.#asks;
  }

  /** So much waits that it should be put on the device. */
  get full(): boolean {
    return totalOf(this.#ranges) >= mostWaitingBytes || this.#ranges.length >= mostWaitingRanges;
  }

  /** Whole sectors. */
  add(offsetBytes: number, lengthBytes: number): void {
    this.#ranges = addRange(this.#ranges, { start: offsetBytes, end: offsetBytes + lengthBytes });
  }

  overlap(offsetBytes: number, lengthBytes: number): boolean {
    return this.#ranges.some(
      ({ start, end }) => start < offsetBytes + lengthBytes && offsetBytes < end,
    );
  }

  /** Puts on the device what waits; returns its size. Throws `WriteError`. */
  async settle(): Promise<number> {
    const due = this.#ranges;
    this.#ranges = [];
    const work = this.#working.then(async () => {
      for (const range of due) await this.#zero(range);
    });
    this.#working = work.catch(() => {});
    await work;
    return totalOf(due);
  }

  async #zero({ start, end }: Range): Promise<void> {
    if (this.#asks && end - start >= leastAskedBytes && (await this.#ask(start, end))) return;
    alignedZeros ??= alignedBuffers(1, chunkBytes)[0] as Uint8Array;
    for (let at = start; at < end; at += chunkBytes)
      await this.#file.write(alignedZeros, 0, Math.min(chunkBytes, end - at), at);
  }

  async #ask(start: number, end: number): Promise<boolean> {
    const range = ['--offset', String(start), '--length', String(end - start)];
    try {
      await run('fallocate', ['--zero-range', ...range, this.#target.path]);
    } catch {
      // Some devices promise it and refuse; writing works on all.
      this.#asks = false;
    }
    return this.#asks;
  }
}
