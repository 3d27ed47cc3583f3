import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, readlink, rename, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { WriteError } from '../errors.ts';
import { together } from '../together.ts';
import { withPlatformId } from './bls.ts';

const entryLimitBytes = 64 * 1024;

/**
 * The files that an installation leaves on the boot partition, mounted at `root`. The image is not
 * trusted: nothing is followed out of `root`, whatever symbolic links it holds.
 */
export function bootFiles(root: string) {
  const ignitionDirectory = join(root, 'ignition');
  const configPath = join(ignitionDirectory, 'config.ign');

  return {
    /** `ignition/config.ign`, byte for byte, readable by root alone. */
    async writeConfig(bytes: Uint8Array): Promise<void> {
      if (!(await isRealDirectory(ignitionDirectory))) {
        await rm(ignitionDirectory, { force: true });
        await mkdir(ignitionDirectory, { mode: 0o700 });
      }
      await using directory = await open(ignitionDirectory, constants.O_DIRECTORY);
      await directory.chmod(0o700);
      await replaceFile(configPath, bytes, 0o600);
    },

    /** A config that came with the image would be taken for the user's. */
    async removeConfig(): Promise<void> {
      if (await isRealDirectory(ignitionDirectory)) await rm(configPath, { force: true });
    },

    /** `ignition.firstboot`, which GRUB sources on the first boot. */
    async writeStamp(content: string): Promise<void> {
      await replaceFile(join(root, 'ignition.firstboot'), Buffer.from(content), 0o644);
    },

    /** `ignition.platform.id=` in every boot loader entry. */
    async setPlatform(platformId: string): Promise<void> {
      for (const path of await loaderEntries(root)) {
        // latin1 keeps every byte as it is, whatever the entry's encoding.
        const entry = await readFile(path, 'latin1');
        const { mode } = await lstat(path);
        await replaceFile(
          path,
          Buffer.from(withPlatformId(entry, platformId), 'latin1'),
          mode & 0o777,
        );
      }
    },

    /** The boot loader's entries that are there and of a sensible size, for whoever measures them. */
    async entries(): Promise<string[]> {
      const paths = await loaderEntries(root).catch(() => []);
      const texts = paths.map(async (path) =>
        (await lstat(path)).size > entryLimitBytes ? '' : await readFile(path, 'latin1'),
      );
      return await together(texts);
    },

    /** Which of the files, if any, is not as the others of these functions left it. */
    async firstDifference(wanted: {
      readonly config: Uint8Array | undefined;
      readonly stamp: string;
      readonly platformId: string | undefined;
    }): Promise<string | undefined> {
      const { config, stamp, platformId } = wanted;
      const found = await readFile(configPath).catch(() => undefined);
      if (!sameBytes(found, config)) return 'ignition/config.ign';
      const stampPath = join(root, 'ignition.firstboot');
      const foundStamp = await readFile(stampPath).catch(() => undefined);
      if (!sameBytes(foundStamp, Buffer.from(stamp))) return 'ignition.firstboot';
      if (platformId === undefined) return undefined;
      for (const path of await loaderEntries(root)) {
        const entry = await readFile(path, 'latin1');
        if (withPlatformId(entry, platformId) !== entry) return path.slice(root.length + 1);
      }
      return undefined;
    },

    /** Directory entries on disk, too; unmounting does the rest. */
    async sync(): Promise<void> {
      await using directory = await open(root, constants.O_DIRECTORY);
      await directory.sync();
    },
  };
}

function sameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}

/** Old content or new content, never half of it: written beside, synced, and renamed. */
async function replaceFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const beside = `${path}.coreos-installer`;
  await rm(beside, { force: true });
  try {
    await using file = await open(
      beside,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      mode,
    );
    await file.chmod(mode);
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  if (await isRealDirectory(path)) await rm(path, { recursive: true });
  await rename(beside, path);
}

async function loaderEntries(root: string): Promise<string[]> {
  const failure = {
    failed: 'Cannot set the Ignition platform',
    next: 'Install without -p, or use an image of the shape of Fedora CoreOS.',
  };
  const directory = join(root, 'loader/entries');
  // `loader` is itself a link on Fedora CoreOS (to loader.0 or loader.1).
  if (!(await leadsInside(root, directory))) {
    throw new WriteError({ ...failure, why: 'the boot partition has no loader/entries' });
  }
  const entries = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.conf'))
    .map((entry) => join(directory, entry.name));
  if (entries.length === 0) {
    throw new WriteError({ ...failure, why: 'loader/entries on the boot partition is empty' });
  }
  return entries;
}

async function isRealDirectory(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

/**
 * Whether a directory is still below `root` once its links are followed. Only the kernel knows: the
 * mount may be one that no path leads to.
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
