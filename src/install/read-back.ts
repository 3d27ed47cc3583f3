import type { DeviceRange } from '../disk/look/probe.ts';
import { compareWritten } from '../disk/write/compare-written.ts';
import { WrittenRecord } from '../disk/write/written-record.ts';
import { WriteError } from '../lib/errors.ts';
import type { Plan } from '../plan/plan.ts';

export interface ReadBackOptions {
  readonly signal: AbortSignal;
  /** Called with the number of bytes compared until now. */
  readonly onCompared: (bytes: number) => void;
}

/**
 * Compares the disk with what was written to it. The boot partition is changed through the kernel's
 * file system after it was written: the partition is compared before that, and the changed files
 * afterwards. Everything else is compared when only the first sector is missing, so that a faulty
 * disk never becomes bootable; `commit` reads that sector back itself.
 */
export class ReadBack {
  /** Records everything that is written. */
  readonly record = new WrittenRecord();
  readonly #plan: Plan;
  readonly #options: ReadBackOptions;
  #comparedBytes = 0;

  constructor(plan: Plan, options: ReadBackOptions) {
    this.#plan = plan;
    this.#options = options;
  }

  get comparedBytes(): number {
    return this.#comparedBytes;
  }

  /** Compares a partition, which may be changed then. */
  async partition({ offsetBytes, sizeBytes }: DeviceRange): Promise<void> {
    await this.#compare({ startBytes: offsetBytes, endBytes: offsetBytes + sizeBytes });
    this.record.forget(offsetBytes, sizeBytes);
  }

  /** `look` mounts the boot partition again, and finds which file differs, if any. */
  async bootFiles(
    look: (compare: (differing: string | undefined) => void) => Promise<void>,
  ): Promise<void> {
    await look((differing) => {
      if (differing === undefined) return;
      throw new WriteError({
        code: 'disk-read-back-mismatch',
        failed: `Cannot complete the installation on ${this.#plan.target.path}`,
        why: `${differing} on its boot partition is not what was written`,
        next: 'The disk is faulty: replace it, or choose another device.',
      });
    });
  }

  async rest(): Promise<void> {
    await this.#compare({});
  }

  async #compare(range: { startBytes?: number; endBytes?: number }): Promise<void> {
    await compareWritten(this.#plan.target, this.record, {
      ...range,
      signal: this.#options.signal,
      onCompared: (bytes) => {
        this.#comparedBytes += bytes;
        this.#options.onCompared(this.#comparedBytes);
      },
    });
  }
}
