import { isAligned } from '../../lib/aligned-memory.ts';
import { chunkBytes, isZero } from '../../lib/bytes.ts';
import type { Target } from '../look/target.ts';
import { pastEndError } from '../own/device-errors.ts';
import type { DeviceFile, WriteAccess } from '../own/device-file.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { type Chunk, readRange, wholeSectors } from './chunk-sectors.ts';
import { Flushing } from './flushing.ts';
import { addRange, totalOf } from './ranges.ts';
import type { WrittenRecord } from './written-record.ts';
import { DueZeros } from './zeros.ts';

export interface WriterOptions extends WriteAccess {
  /** Records everything that is handed over. */
  readonly record?: WrittenRecord | undefined;
}

/**
 * The one place that writes to the device. Disposing waits for what is under way; what was not
 * flushed may or may not be on the device then.
 *
 * Bytes may come for any place, of any length, in any order, from several callers at once; where one
 * call has ended before another begins, the later one's bytes are what is there. They are gathered
 * in aligned pieces, so memory stays bounded (`ChunkQueue`), and go past the page cache: what
 * counts as written is on the device. A write that fails makes every later call fail.
 */
export class DeviceWriter implements AsyncDisposable {
  readonly #target: Target;
  readonly #file: DeviceFile;
  readonly #queue = new ChunkQueue((chunk) => this.#writeOut(chunk));
  readonly #zeros: DueZeros;
  readonly #flushing: Flushing;
  #writtenBytes = 0;
  readonly #record: WrittenRecord | undefined;
  readonly #access: WriteAccess;

  constructor(target: Target, file: DeviceFile, { record, ...access }: WriterOptions = {}) {
    this.#target = target;
    this.#file = file;
    this.#record = record;
    this.#access = access;
    this.#zeros = new DueZeros(target, file);
    this.#flushing = new Flushing(file, {
      afterwards: () => this.#settleZeros(),
      onFailure: (error) => this.#queue.fail(error),
    });
  }

  /** Bytes that were handed over. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Bytes that the device has taken; never falls. */
  get onDeviceBytes(): number {
    return this.#flushing.onDeviceBytes;
  }

  /**
   * Takes bytes for a place on the device. They may be used again when the promise settles; they
   * are on the device after the next `flush`. Throws `WriteError` past the end of the device, and,
   * with the place, when the device fails.
   */
  async write(offsetBytes: number, bytes: Uint8Array): Promise<void> {
    this.#checkWritable(offsetBytes, bytes.length);
    this.#record?.add(offsetBytes, bytes);
    if (this.#isWhole(offsetBytes, bytes)) return await this.#writeWhole(offsetBytes, bytes);
    const range = { start: offsetBytes, end: offsetBytes + bytes.length };
    await this.#flushing.count(await this.#zeros.settleBefore(range));
    let done = 0;
    while (done < bytes.length) {
      const at = offsetBytes + done;
      const chunk = this.#queue.take(Math.floor(at / chunkBytes));
      if (chunk instanceof Promise) {
        await chunk;
        continue;
      }
      const start = at % chunkBytes;
      const part = bytes.subarray(done, done + chunkBytes - start);
      chunk.buffer.set(part, start);
      chunk.filled = addRange(chunk.filled, { start, end: start + part.length });
      done += part.length;
      this.#writtenBytes += part.length;
      if (totalOf(chunk.filled) === chunkBytes) void this.#queue.send(chunk);
    }
    this.#queue.throwFailure();
  }

  /** A piece that needs no gathering: it goes out from where it is. */
  #isWhole(offsetBytes: number, bytes: Uint8Array): boolean {
    const index = offsetBytes / chunkBytes;
    return (
      bytes.length === chunkBytes &&
      Number.isInteger(index) &&
      this.#queue.isIdle(index) &&
      isAligned(bytes)
    );
  }

  async #writeWhole(offsetBytes: number, bytes: Uint8Array): Promise<void> {
    this.#writtenBytes += bytes.length;
    if (this.#zeros.worthwhile && isZero(bytes)) {
      this.#zeros.add(offsetBytes, bytes.length);
      if (this.#zeros.full) await this.#settleZeros();
      return;
    }
    await this.#zeros.giveWay({ start: offsetBytes, end: offsetBytes + bytes.length });
    await this.#queue.sendWhole(offsetBytes / chunkBytes, bytes);
  }

  /** Puts zeros on the device, by the device's own means where it has any. */
  async writeZeros(offsetBytes: number, lengthBytes: number): Promise<void> {
    this.#checkWritable(offsetBytes, lengthBytes);
    const sector = this.#target.sectorSizeBytes;
    if (offsetBytes % sector === 0 && lengthBytes % sector === 0) {
      await this.#queue.drain();
      this.#writtenBytes += lengthBytes;
      this.#zeros.add(offsetBytes, lengthBytes);
      this.#record?.addZeros(offsetBytes, lengthBytes);
      return await this.#settleZeros();
    }
    const zeros = new Uint8Array(Math.min(lengthBytes, chunkBytes));
    for (let done = 0; done < lengthBytes; done += zeros.length) {
      await this.write(offsetBytes + done, zeros.subarray(0, lengthBytes - done));
    }
  }

  /** Everything that was handed over is on stable storage when this returns. */
  async flush(): Promise<void> {
    await this.#handOver();
    await this.#flushing.sync();
    this.#queue.throwFailure();
  }

  /** Reads what is on the device, past the page cache where possible. Flush first. */
  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    this.#checkRange(offsetBytes, lengthBytes);
    await this.#handOver();
    this.#queue.throwFailure();
    return await this.#queue.withBuffer(
      async (buffer) => await readRange(this.#file, buffer, offsetBytes, lengthBytes),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.#queue[Symbol.asyncDispose](), this.#flushing.settled()]);
  }

  /** Before bytes are gathered: what is refused later would be a failure of the device. */
  #checkWritable(offsetBytes: number, lengthBytes: number): void {
    this.#checkRange(offsetBytes, lengthBytes);
    this.#file.refuseSpared({ start: offsetBytes, end: offsetBytes + lengthBytes }, this.#access);
  }

  #checkRange(offsetBytes: number, lengthBytes: number): void {
    this.#queue.throwFailure();
    const endBytes = offsetBytes + lengthBytes;
    if (endBytes > this.#target.sizeBytes) throw pastEndError(this.#target, endBytes - 1);
  }

  async #writeOut(chunk: Chunk): Promise<void> {
    const startBytes = chunk.index * chunkBytes;
    const ranges = await wholeSectors(chunk, this.#file, this.#target.sectorSizeBytes);
    for (const { start, end } of ranges)
      await this.#file.write(chunk.buffer, start, end, startBytes + start, this.#access);
    await this.#flushing.count(totalOf(chunk.filled));
  }

  async #settleZeros(): Promise<void> {
    await this.#flushing.count(await this.#zeros.settle());
  }

  /** The device, or its cache, has everything that was written. */
  async #handOver(): Promise<void> {
    await this.#queue.drain();
    await this.#settleZeros();
  }
}
