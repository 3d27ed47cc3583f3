import type { DecodedSink } from '../decode/decoder.ts';

/** A range of the image that is kept in memory instead of being written. */
export class HeldRange {
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
  #missingBytes: number;

  constructor(offsetBytes: number, lengthBytes: number) {
    this.offsetBytes = offsetBytes;
    this.bytes = new Uint8Array(lengthBytes);
    this.#missingBytes = lengthBytes;
  }

  /** One past the range's last byte. */
  get endBytes(): number {
    return this.offsetBytes + this.bytes.length;
  }

  /** True once every byte of the range has arrived. */
  get complete(): boolean {
    return this.#missingBytes === 0;
  }

  take(offsetBytes: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, offsetBytes - this.offsetBytes);
    this.#missingBytes -= bytes.length;
  }
}

/**
 * Wraps a sink so that the given ranges (sorted, not overlapping) stay in memory: what makes a
 * disk bootable must be written after everything else. All other bytes pass through.
 */
export function holdBack(ranges: readonly HeldRange[], sink: DecodedSink): DecodedSink {
  return async (offsetBytes, bytes) => {
    let position = offsetBytes;
    let rest = bytes;
    const passed: Promise<void>[] = [];
    for (const range of ranges) {
      const before = rest.subarray(0, Math.max(0, range.offsetBytes - position));
      if (before.length > 0) passed.push(sink(position, before));
      rest = rest.subarray(before.length);
      position += before.length;
      const held = rest.subarray(0, Math.max(0, range.endBytes - position));
      if (held.length > 0) range.take(position, held);
      rest = rest.subarray(held.length);
      position += held.length;
    }
    if (rest.length > 0) passed.push(sink(position, rest));
    await Promise.all(passed);
  };
}
