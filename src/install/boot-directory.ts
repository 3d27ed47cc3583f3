import { constants } from 'node:fs';
import { lstat, mkdir, open, opendir, readlink, rename, rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { readSmallFile } from '../lib/small-file.ts';

/**
 * What an installation leaves on the boot partition, by path below its root: the bytes of a file,
 * `directory`, or `absent`.
 */
export type LeftOnBoot = Map<string, Uint8Array | 'directory' | 'absent'>;

/**
 * The boot partition, mounted at `root`. The image is not trusted: its symbolic links never lead out
 * of `root`. All that is written or removed is noted in `left`. Paths are relative to `root`.
 */
export class BootDirectory {
  readonly left: LeftOnBoot;
  readonly #root: string;

  constructor(root: string, left: LeftOnBoot = new Map()) {
    this.#root = root;
    this.left = left;
  }

  /** Throws if the file is missing, is none, or is larger than `limitBytes`. */
  async read(path: string, limitBytes: number): Promise<Buffer> {
    if (!(await this.#leadsInside(dirname(path))))
      throw new Error('it is not on the boot partition');
    return await readSmallFile(join(this.#root, path), limitBytes);
  }

  /** Whether there is anything of that name, a link to nothing as well. */
  async has(path: string): Promise<boolean> {
    return await lstat(join(this.#root, path)).then(
      () => true,
      () => false,
    );
  }

  async modeOf(path: string): Promise<number> {
    return (await lstat(join(this.#root, path))).mode & 0o777;
  }

  async isRealDirectory(path: string): Promise<boolean> {
    return await isRealDirectory(join(this.#root, path));
  }

  /** The regular files in a directory; undefined if there is no such directory on the partition. */
  async *files(directory: string): AsyncIterable<string> {
    if (!(await this.#leadsInside(directory))) return;
    for await (const entry of await opendir(join(this.#root, directory)))
      if (entry.isFile()) yield join(directory, entry.name);
  }

  /** Whether it is a directory on the partition, links followed. */
  async hasDirectory(path: string): Promise<boolean> {
    return await this.#leadsInside(path);
  }

  /** Makes a directory that only root can use, in place of whatever else is there. */
  async makePrivateDirectory(path: string): Promise<void> {
    const absolute = join(this.#root, path);
    if (!(await isRealDirectory(absolute))) {
      await rm(absolute, { force: true });
      await mkdir(absolute, { mode: 0o700 });
    }
    await using directory = await open(absolute, constants.O_DIRECTORY);
    await directory.chmod(0o700);
    this.left.set(path, 'directory');
  }

  /** Replaces a file atomically: written to a temporary file next to it, synced, and renamed. */
  async replace(path: string, bytes: Uint8Array, mode: number): Promise<void> {
    const absolute = join(this.#root, path);
    const temporary = `${absolute}.coreos-installer`;
    await rm(temporary, { recursive: true, force: true });
    try {
      await using file = await open(
        temporary,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        mode,
      );
      await file.chmod(mode);
      await file.writeFile(bytes);
      await file.sync();
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    if (await isRealDirectory(absolute)) await rm(absolute, { recursive: true });
    await rename(temporary, absolute);
    this.left.set(path, bytes);
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.#root, path), { recursive: true, force: true });
    this.left.set(path, 'absent');
  }

  /** The first path where something else is found than was left there. */
  async firstDifference(): Promise<string | undefined> {
    for (const [path, what] of this.left) if (!(await this.#holds(path, what))) return path;
    return undefined;
  }

  /** Syncs the directory entries; unmounting syncs the rest. */
  async sync(): Promise<void> {
    await using directory = await open(this.#root, constants.O_DIRECTORY);
    await directory.sync();
  }

  async #holds(path: string, what: Uint8Array | 'directory' | 'absent'): Promise<boolean> {
    if (what === 'absent') return !(await this.has(path));
    if (what === 'directory') return await this.isRealDirectory(path);
    const found = await this.read(path, what.length).catch(() => undefined);
    return found !== undefined && Buffer.compare(found, what) === 0;
  }

  /**
   * Whether a directory is still below the root after its links are followed. The kernel is asked:
   * the mount may not be reachable by any path.
   */
  async #leadsInside(path: string): Promise<boolean> {
    try {
      await using top = await open(this.#root, constants.O_DIRECTORY);
      await using directory = await open(join(this.#root, path), constants.O_DIRECTORY);
      const [topPath = '', directoryPath = ''] = await Promise.all(
        [top, directory].map(({ fd }) => readlink(`/proc/self/fd/${fd}`)),
      );
      const below = topPath.endsWith(sep) ? topPath : topPath + sep;
      return (
        (await directory.stat()).dev === (await top.stat()).dev &&
        (directoryPath === topPath || directoryPath.startsWith(below))
      );
    } catch {
      return false;
    }
  }
}

async function isRealDirectory(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}
