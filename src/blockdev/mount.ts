import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WriteError } from '../errors.ts';
import { CommandError, run } from './command.ts';
import { patiently } from './patiently.ts';
import { makeRunDirectory } from './run-directory.ts';

export interface MountedBoot extends AsyncDisposable {
  /** The mount point, in a directory that only this process's user can enter. */
  readonly path: string;
}

const access = {
  'for writing': 'rw',
  // Also without replaying the journal, which would write (ext4(5), xfs(5)).
  untouched: 'ro,norecovery',
} as const;

/**
 * Mounts the boot file system where nobody else looks. Disposing unmounts it, which also puts
 * everything on the device. Throws `WriteError` when it cannot be mounted or unmounted.
 */
export async function mountBoot(
  devicePath: string,
  how: keyof typeof access = 'for writing',
): Promise<MountedBoot> {
  await using undo = new AsyncDisposableStack();
  const directory = await makeRunDirectory();
  undo.defer(() => removeEmpty(directory));
  const path = join(directory, 'boot');
  await mkdir(path, { mode: 0o700 });
  undo.defer(() => removeEmpty(path));
  await mount(devicePath, path, access[how]);
  undo.defer(() => umount(devicePath, path));
  const owned = undo.move();
  return { path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function mount(devicePath: string, path: string, options: string): Promise<void> {
  try {
    await run('mount', ['-o', `${options},nosuid,nodev,noexec`, devicePath, path]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new WriteError(
      {
        failed: `Cannot configure ${devicePath}`,
        why: `the image's boot file system cannot be mounted (${error.said})`,
        next: 'Check the image, or use one whose boot file system this kernel knows.',
      },
      { cause: error },
    );
  }
}

/**
 * If somebody stays inside, the mount is detached, so that it vanishes with its last user, and the
 * run fails: what is on the disk is not known to be complete.
 */
async function umount(devicePath: string, path: string): Promise<void> {
  try {
    await patiently(() => run('umount', [path]));
  } catch (failure) {
    await run('umount', ['--lazy', path]).catch(() => undefined);
    throw new WriteError(
      {
        failed: `Cannot configure ${devicePath}`,
        why: `its boot file system does not unmount (${(failure as Error).message})`,
        next: 'Stop the program that uses it, then run the same command again.',
      },
      { cause: failure },
    );
  }
}

/** A directory that stays is found by the next run; it must not hide why this one failed. */
async function removeEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch(() => undefined);
}
