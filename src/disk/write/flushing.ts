import type { DeviceFile } from '../own/device-file.ts';

/** Without direct I/O: how much may wait in the page cache. */
const syncEveryBytes = 64 * 1024 * 1024;
/**
 * With it: how much may wait in a cache of the disk, or of the host whose file it is. Flushed
 * meanwhile, it does not have to be waited for at the end.
 */
const syncBehindEveryBytes = 256 * 1024 * 1024;

export interface FlushingOptions {
  /** Called after each flush in the background. */
  readonly afterwards: () => Promise<void>;
  /** Receives what fails; nothing here rejects. */
  readonly onFailure: (error: unknown) => void;
}

/** Counts what is written, and decides when the device is flushed. */
export class Flushing {
  readonly #file: DeviceFile;
  readonly #options: FlushingOptions;
  #onDeviceBytes = 0;
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;
  #behind: Promise<void> | undefined;

  constructor(file: DeviceFile, options: FlushingOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Bytes that the device has taken; never falls. */
  get onDeviceBytes(): number {
    return this.#onDeviceBytes;
  }

  /** Past the page cache, what is written is on the device; otherwise after the next sync. */
  async count(bytes: number): Promise<void> {
    this.#unsyncedBytes += bytes;
    if (this.#file.direct) {
      this.#onDeviceBytes += bytes;
      if (this.#unsyncedBytes >= syncBehindEveryBytes) this.#behind ??= this.#syncBehind();
    } else if (this.#unsyncedBytes >= syncEveryBytes) await this.sync();
  }

  /** One sync at a time; a caller that comes meanwhile gets its own afterwards. */
  async sync(): Promise<void> {
    while (this.#syncing) await this.#syncing;
    const bytes = this.#unsyncedBytes;
    this.#unsyncedBytes = 0;
    this.#syncing = this.#file
      .sync()
      .then(() => {
        if (!this.#file.direct) this.#onDeviceBytes += bytes;
      })
      .catch(this.#options.onFailure)
      .finally(() => {
        this.#syncing = undefined;
      });
    await this.#syncing;
  }

  /** What is under way has ended. */
  async settled(): Promise<void> {
    await Promise.all([this.#behind, this.#syncing]);
  }

  /** Flushes while more is decoded: at the end there is less to wait for. */
  async #syncBehind(): Promise<void> {
    await this.sync();
    await this.#options.afterwards().catch(this.#options.onFailure);
    this.#behind = undefined;
  }
}
