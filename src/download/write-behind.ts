import { startWriteback } from '../native/system.ts';

const everyBytes = 32 * 1024 * 1024;

/**
 * Makes the kernel write a file to the disk while more of it arrives, so that there is less to wait for
 * at the end. By itself it begins after half a minute, or when a tenth of the memory is waiting.
 */
export class WriteBehind {
  readonly #fd: number;
  #waitingBytes = 0;
  #starting: Promise<void> | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** This number of bytes has been added to the page cache. */
  count(bytes: number): void {
    this.#waitingBytes += bytes;
    if (this.#waitingBytes < everyBytes || this.#starting !== undefined) return;
    this.#waitingBytes = 0;
    this.#starting = startWriteback(this.#fd)
      // Where a file system does not have it, nothing is lost; what a disk refuses, the sync at the end says.
      .catch(() => undefined)
      .then(() => {
        this.#starting = undefined;
      });
  }

  /** The file is not used any more. */
  async settled(): Promise<void> {
    await this.#starting;
  }
}
