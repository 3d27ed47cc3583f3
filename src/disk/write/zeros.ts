import { alignedBuffers } from '../../lib/aligned-memory.ts';
import { chunkBytes } from '../../lib/bytes.ts';
import type { Target } from '../look/target.ts';
import type { DeviceFile } from '../own/device-file.ts';
import { addRange, overlaps, type Range, totalOf, withoutRange } from './ranges.ts';

const mebibyte = 1024 * 1024;
/** Smaller ranges are written as fast as the device does it. */
const leastAskedBytes = 4 * mebibyte;
/** How much may wait to be zeroed, so that progress goes on and the list stays short. */
const mostWaitingBytes = 512 * mebibyte;
const mostWaitingRanges = 256;

/** Made when the first range is written: most disks zero by themselves, or get no zeros. */
let alignedZeros: Uint8Array | undefined;

/**
 * Ranges of zeros that are due on the device. They wait so that neighbours become one: a device
 * that zeroes by itself takes a gigabyte as quickly as a sector. They are never skipped: what was
 * on the disk before must be gone.
 */
export class DueZeros {
  readonly #file: DeviceFile;
  #ranges: Range[] = [];
  /** Taken from `#ranges`, and not on the device yet. */
  #underWay: readonly Range[] = [];
  #working: Promise<void> = Promise.resolve();
  #asks: boolean;

  constructor({ writeZeroesMaxBytes }: Target, file: DeviceFile) {
    this.#file = file;
    this.#asks = writeZeroesMaxBytes > 0;
  }

  /** The device zeroes ranges by itself, so it is worth finding them. */
  get worthwhile(): boolean {
    return this.#asks;
  }

  /** Whether enough waits that it should be put on the device. */
  get full(): boolean {
    return totalOf(this.#ranges) >= mostWaitingBytes || this.#ranges.length >= mostWaitingRanges;
  }

  /** Whole sectors. */
  add(offsetBytes: number, lengthBytes: number): void {
    this.#ranges = addRange(this.#ranges, { start: offsetBytes, end: offsetBytes + lengthBytes });
  }

  /** Something else is about to be written there, sector by sector. Throws `WriteError`. */
  async giveWay(range: Range): Promise<void> {
    this.#ranges = withoutRange(this.#ranges, range);
    while (overlaps(this.#underWay, range)) await this.#working;
  }

  /** Something is about to be written to a part of it that need not be whole sectors. */
  async settleBefore(range: Range): Promise<number> {
    if (overlaps(this.#ranges, range)) return await this.settle();
    while (overlaps(this.#underWay, range)) await this.#working;
    return 0;
  }

  /** Puts on the device what waits; returns its size. Throws `WriteError`. */
  async settle(): Promise<number> {
    const due = this.#ranges;
    this.#ranges = [];
    this.#underWay = [...this.#underWay, ...due];
    const work = this.#working.then(async () => {
      try {
        for (const range of due) await this.#zero(range);
      } finally {
        this.#underWay = this.#underWay.filter((range) => !due.includes(range));
      }
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
    try {
      await this.#file.zero({ start, end });
    } catch {
      // Some devices promise it and refuse; writing works on all.
      this.#asks = false;
    }
    return this.#asks;
  }
}
