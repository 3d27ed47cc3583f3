import { constants } from 'node:fs';
import { lstat, mkdir, open, opendir, readlink, rename, rm } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { WriteError } from '../lib/errors.ts';
import { settleAll } from '../lib/promises.ts';
import { readSmallFile } from '../lib/small-file.ts';
import { withPlatformId } from './bls.ts';

/** Fedora CoreOS has one or two entries of less than 1 KiB each. */
const entryLimitBytes = 64 * 1024;
const mostEntries = 100;

/**
 * The files that an installation writes to the boot partition, mounted at `root`. The image is not
 * trusted: its symbolic links never lead out of `root`.
 */
export function bootFiles(root: string) {
  const ignitionDirectory = join(root, 'ignition');
  const configPath = join(ignitionDirectory, 'config.ign');

  return {
    /** `ignition/config.ign`, byte for byte, readable by root only. */
    async writeConfig(bytes: Uint8Array): Promise<void> {
      if (!(await isRealDirectory(ignitionDirectory))) {
        await rm(ignitionDirectory, { force: true });
        await mkdir(ignitionDirectory, { mode: 0o700 });
      }
      await using directory = await open(ignitionDirectory, constants.O_DIRECTORY);
      await directory.chmod(0o700);
      await replaceFile(configPath, bytes, 0o600);
    },

    /** Removes a config that the image brought, or links in its place: the first boot would apply it. */
    async removeConfig(): Promise<void> {
      const path = (await isRealDirectory(ignitionDirectory)) ? configPath : ignitionDirectory;
      await rm(path, { recursive: true, force: true });
    },

    /** `ignition.firstboot`, which GRUB sources on the first boot. */
    async writeStamp(content: string): Promise<void> {
      await replaceFile(join(root, 'ignition.firstboot'), Buffer.from(content), 0o644);
    },

    /** `ignition.platform.id=` in every boot loader entry. */
    async setPlatform(platformId: string): Promise<void> {
      for (const path of await loaderEntries(root)) {
        const entry = await readEntry(path);
        const { mode } = await lstat(path);
        await replaceFile(
          path,
          Buffer.from(withPlatformId(entry, platformId), 'latin1'),
          mode & 0o777,
        );
      }
    },

    /** The boot loader's entries, to measure them; unreadable and oversized ones are empty. */
    async entries(): Promise<string[]> {
      const paths = await loaderEntries(root).catch(() => []);
      return await settleAll(paths.map((path) => readEntry(path).catch(() => '')));
    },

    /** Which of the files, if any, differs from what the other functions wrote. */
    async firstDifference(wanted: {
      readonly config: Uint8Array | undefined;
      readonly stamp: string;
      readonly platformId: string | undefined;
    }): Promise<string | undefined> {
      const { config, stamp, platformId } = wanted;
      const holdsConfig = (await isRealDirectory(ignitionDirectory))
        ? await holds(configPath, config)
        : config === undefined && !(await exists(ignitionDirectory));
      if (!holdsConfig) return 'ignition/config.ign';
      if (!(await holds(join(root, 'ignition.firstboot'), Buffer.from(stamp))))
        return 'ignition.firstboot';
      if (platformId === undefined) return undefined;
      for (const path of await loaderEntries(root)) {
        const entry = await readEntry(path);
        if (withPlatformId(entry, platformId) !== entry) return path.slice(root.length + 1);
      }
      return undefined;
    },

    /** Syncs the directory entries; unmounting syncs the rest. */
    async sync(): Promise<void> {
      await using directory = await open(root, constants.O_DIRECTORY);
      await directory.sync();
    },
  };
}

/** Whether a file has exactly these bytes; for undefined: whether there is no file. */
async function holds(path: string, bytes: Uint8Array | undefined): Promise<boolean> {
  if (bytes === undefined) return !(await exists(path));
  const found = await readSmallFile(path, bytes.length).catch(() => undefined);
  return found !== undefined && Buffer.compare(found, bytes) === 0;
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

/** Decoded as latin1, which preserves every byte, whatever the entry's encoding. */
async function readEntry(path: string): Promise<string> {
  try {
    return (await readSmallFile(path, entryLimitBytes)).toString('latin1');
  } catch (error) {
    throw refusePlatform(`${basename(path)} in loader/entries: ${(error as Error).message}`, error);
  }
}

function refusePlatform(why: string, cause?: unknown): WriteError {
  return new WriteError(
    {
      code: 'platform-not-settable',
      failed: 'Cannot set the Ignition platform',
      why,
      next: 'Install without -p, or use an image with the layout of Fedora CoreOS.',
    },
    { cause },
  );
}

/** Replaces a file atomically: written to a temporary file next to it, synced, and renamed. */
async function replaceFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const temporary = `${path}.coreos-installer`;
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
  if (await isRealDirectory(path)) await rm(path, { recursive: true });
  await rename(temporary, path);
}

async function loaderEntries(root: string): Promise<string[]> {
  const directory = join(root, 'loader/entries');
  // `loader` is itself a link on Fedora CoreOS (to loader.0 or loader.1).
  if (!(await leadsInside(root, directory))) {
    throw refusePlatform('the boot partition has no loader/entries');
  }
  const entries: string[] = [];
  for await (const entry of await opendir(directory)) {
    if (!entry.isFile() || !entry.name.endsWith('.conf')) continue;
    entries.push(join(directory, entry.name));
    if (entries.length > mostEntries)
      throw refusePlatform(`loader/entries has more than ${mostEntries} entries`);
  }
  if (entries.length === 0) throw refusePlatform('loader/entries on the boot partition is empty');
  return entries.sort();
}

async function isRealDirectory(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

/**
 * Whether a directory is still below `root` after its links are followed. The kernel is asked: the
 * mount may not be reachable by any path.
 */
async function leadsInside(root: string, path: string): Promise<boolean> {
  try {
    await using top = await open(root, constants.O_DIRECTORY);
    await using directory = await open(path, constants.O_DIRECTORY);
    const [topPath = '', directoryPath = ''] = await Promise.all(
      [top, directory].map(({ fd }) => readlink(`/proc/self/fd/${fd}`)),
    );
    const below = topPath.endsWith(sep) ? topPath : topPath + sep;
    return (
      (await directory.stat()).dev === (await top.stat()).dev && directoryPath.startsWith(below)
    );
  } catch {
    return false;
  }
}
