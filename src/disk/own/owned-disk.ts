import type { Target } from '../look/target.ts';
import { DeviceWriter, type WriterOptions } from '../write/writer.ts';
import { DeviceFile } from './device-file.ts';
import type { LockOptions } from './disk-lock.ts';

/**
 * One disk, one owner: from `claim` on nobody else can mount or claim it, and from `lock` on udev and
 * disk tools let it alone. One open file has both, so there is no moment between two steps in which
 * somebody else could come in; it is closed when this is disposed.
 */
export class OwnedDisk implements AsyncDisposable {
  #target: Target | undefined;
  #file: DeviceFile | undefined;

  /** Throws `TargetError` when somebody else has it for more than a moment, `WriteError` as `DeviceFile.open`. */
  async claim(target: Target): Promise<void> {
    this.#file = await DeviceFile.open(target);
    this.#target = target;
  }

  /** Before the first write. Throws `TargetError` when somebody else keeps it locked. */
  async lock(options?: LockOptions): Promise<void> {
    await this.file.lock(options);
  }

  get file(): DeviceFile {
    if (this.#file === undefined) throw new Error('the disk has not been claimed');
    return this.#file;
  }

  /** What `work` flushes is on the disk when this returns. */
  async write<T>(options: WriterOptions, work: (device: DeviceWriter) => Promise<T>): Promise<T> {
    if (this.#target === undefined) throw new Error('the disk has not been claimed');
    await using device = new DeviceWriter(this.#target, this.file, options);
    return await work(device);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }
}
