import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { WriteError } from '../../lib/errors.ts';
import { ioctl, zeroRange } from '../../native/system.ts';
import { majMinOf } from '../../system/processes.ts';
import { hasCode, retryWhile } from '../../system/retry-while.ts';
import type { Target } from '../look/target.ts';
import { sysBlockOf } from '../look/target-block.ts';
import { alignRanges, overlaps, type Range } from '../write/ranges.ts';
import { busyError, deviceError } from './device-errors.ts';
import { type LockOptions, lockDisk } from './disk-lock.ts';

/** On a block device, without O_CREAT, O_EXCL claims it: open(2). */
const { O_RDONLY, O_RDWR, O_EXCL, O_DIRECT } = constants;

/** BLKFLSBUF of linux/fs.h. */
const flushBuffers = 0x1261;

/** What may not be written to. */
export interface Spared {
  /** Never. */
  readonly saved: readonly Range[];
  /** Only by what writes partition tables. */
  readonly table: readonly Range[];
}

export interface WriteAccess {
  /** This is a partition table. */
  readonly ofTable?: boolean | undefined;
}

/**
 * The open, claimed target. Offsets, lengths and memory are multiples of its sector size; a call
 * does all of it or throws a `WriteError` with the place.
 */
export class DeviceFile implements AsyncDisposable {
  /** Reads and writes go past the page cache: what is written is on the device. */
  readonly direct: boolean;
  readonly #target: Target;
  readonly #handle: FileHandle;
  #spared: Spared = { saved: [], table: [] };

  private constructor(target: Target, handle: FileHandle, direct: boolean) {
    this.#target = target;
    this.#handle = handle;
    this.direct = direct;
  }

  /**
   * Claims the device: while this is open, nobody can mount it or a partition of it, or install to
   * it. `TargetError` when somebody else keeps it claimed for some seconds; `WriteError` when it
   * does not open or is no longer the device that was checked. With `readOnly` nothing is claimed
   * unless `claim` says so, and closing it does not make udev probe the disk.
   */
  static async open(
    target: Target,
    {
      direct = true,
      readOnly = false,
      claim = !readOnly,
    }: { direct?: boolean; readOnly?: boolean; claim?: boolean } = {},
  ): Promise<DeviceFile> {
    sysBlockOf(target);
    try {
      const flags = (readOnly ? O_RDONLY : O_RDWR) | (claim ? O_EXCL : 0);
      const handle = await retryWhile(
        () => open(target.path, direct ? flags | O_DIRECT : flags),
        hasCode('EBUSY'),
      );
      try {
        await checkIdentity(handle, target);
      } catch (error) {
        await handle.close();
        throw error;
      }
      return new DeviceFile(target, handle, direct);
    } catch (error) {
      if (error instanceof WriteError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EINVAL' && direct) {
        return await DeviceFile.open(target, { direct: false, readOnly, claim });
      }
      throw code === 'EBUSY' ? busyError(target, error) : deviceError(target, 'opening it', error);
    }
  }

  /** For calls that Node does not have. */
  get fd(): number {
    return this.#handle.fd;
  }

  /** Keeps udev and disk tools away until this is closed; see `lockDisk`. Throws `TargetError`. */
  async lock(options?: LockOptions): Promise<void> {
    await lockDisk(this.#target, this.#handle, options);
  }

  /** What is read next comes from the device, not from memory. */
  dropCache(): void {
    try {
      ioctl(this.#handle.fd, 'BLKFLSBUF', flushBuffers);
    } catch (error) {
      throw deviceError(this.#target, 'flushing the data written to it', error);
    }
  }

  /** From now on nothing is written to these ranges, for as long as this is open. */
  spare(spared: Spared): void {
    this.#spared = spared;
  }

  /**
   * Throws where a range overlaps a spared one. The plan keeps everything out of those: this is the
   * last barrier against a fault in the program, so it is not an error for users.
   */
  refuseSpared(range: Range, { ofTable = false }: WriteAccess = {}): void {
    const { saved, table } = this.#spared;
    if (!overlaps(ofTable ? saved : [...saved, ...table], range)) return;
    throw new Error(`bytes ${range.start} to ${range.end} may not be written: they are spared`);
  }

  async write(
    buffer: Uint8Array,
    start: number,
    end: number,
    offsetBytes: number,
    access?: WriteAccess,
  ): Promise<void> {
    this.refuseSpared({ start: offsetBytes, end: offsetBytes + end - start }, access);
    await this.#whole('writing', start, end, offsetBytes, async (from, length, position) => {
      const { bytesWritten } = await this.#handle.write(buffer, from, length, position);
      return bytesWritten;
    });
  }

  /** By the device's own means; rejects with an error of the system where it has none. */
  async zero({ start, end }: Range): Promise<void> {
    this.refuseSpared({ start, end });
    await zeroRange(this.#handle.fd, start, end - start);
  }

  async read(buffer: Uint8Array, start: number, end: number, offsetBytes: number): Promise<void> {
    await this.#whole('reading', start, end, offsetBytes, async (from, length, position) => {
      const { bytesRead } = await this.#handle.read(buffer, from, length, position);
      return bytesRead;
    });
  }

  /**
   * Reads any range, not only whole sectors, to its place in `buffer`, whose first byte is the one
   * at `offsetBytes`; the rest of its sectors is read too.
   */
  async readWithin(
    buffer: Uint8Array,
    { start, end }: Range,
    offsetBytes: number,
  ): Promise<Uint8Array> {
    for (const sectors of alignRanges([{ start, end }], this.#target.sectorSizeBytes)) {
      await this.read(buffer, sectors.start, sectors.end, offsetBytes + sectors.start);
    }
    return buffer.subarray(start, end);
  }

  /** Everything that was written is on stable storage when this returns. */
  async sync(): Promise<void> {
    try {
      await this.#handle.datasync();
    } catch (error) {
      throw deviceError(this.#target, 'flushing the data written to it', error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  /** The kernel may do only a part; the rest is requested again, from a sector's start. */
  async #whole(
    doing: string,
    start: number,
    end: number,
    offsetBytes: number,
    part: (from: number, length: number, position: number) => Promise<number>,
  ): Promise<void> {
    for (let from = start; from < end; ) {
      const position = offsetBytes + from - start;
      const length = end - from;
      try {
        const done = await part(from, length, position);
        const sectors = Math.floor(done / this.#target.sectorSizeBytes);
        if (sectors === 0) throw new Error('the device ends there');
        from += sectors * this.#target.sectorSizeBytes;
      } catch (error) {
        throw deviceError(this.#target, `${doing} ${length} bytes at byte ${position}`, error);
      }
    }
  }
}

/** Checked once it is open: from then on nothing else can take its place. */
async function checkIdentity(handle: FileHandle, target: Target): Promise<void> {
  const { rdev } = await handle.stat();
  if (majMinOf(rdev) !== target.majMin) throw new Error('its name leads to another device now');
  sysBlockOf(target);
}
