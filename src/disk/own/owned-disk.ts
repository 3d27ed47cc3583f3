import type { Target } from '../look/target.ts';
import { DeviceWriter, type WriterOptions } from '../write/writer.ts';
import { DeviceFile } from './device-file.ts';
import type { LockOptions } from './disk-lock.ts';

/**
 * One disk, one owner: from `claim` on nobody else can mount or claim it, and from `lock` on udev and
 * disk tools leave it alone. One open file has both, so there is no moment between two steps in
 * which somebody else could come in; it is closed when this is disposed.
 */
export class OwnedDisk implements AsyncDisposable {
  readonly file: DeviceFile;
  readonly #target: Target;

  private constructor(target: Target, file: DeviceFile) {
    this.#target = target;
    this.file = file;
  }

  /** Throws `TargetError` and `WriteError` as `DeviceFile.open` does. */
  static async claim(target: Target): Promise<OwnedDisk> {
    return new OwnedDisk(target, await DeviceFile.open(target));
  }

  /** Before the first write. Throws `TargetError` when somebody else keeps it locked. */
  async lock(options?: LockOptions): Promise<void> {
    await this.file.lock(options);
  }

  /** What `work` flushes is on the disk when this returns. */
  async write<T>(options: WriterOptions, work: (device: DeviceWriter) => Promise<T>): Promise<T> {
    await using device = new DeviceWriter(this.#target, this.file, options);
    return await work(device);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file[Symbol.asyncDispose]();
  }
}
