import { lstatSync, mkdirSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WriteError } from '../lib/errors.ts';
import { startTimeOf } from './processes.ts';

/** Where private directories are made, the first that works: /run may be read-only. */
export const runDirectories: readonly string[] = [
  '/run/coreos-installer',
  '/tmp/coreos-installer',
  '/dev/shm/coreos-installer',
  '/var/tmp/coreos-installer',
];

/** Makes sure that a private directory can be made, before the disk is touched. `WriteError`. */
export async function requireRunDirectory(parents = runDirectories): Promise<void> {
  await rmdir(await makeRunDirectory(parents));
}

/**
 * Makes a directory for this process only (0700): `/run/coreos-installer/PID-START-XXXXXX`. Its
 * name says which process made it, so that a later run knows whether that one is still running.
 */
export async function makeRunDirectory(parents = runDirectories): Promise<string> {
  const start = startTimeOf(process.pid) ?? 0;
  const failures: string[] = [];
  for (const parent of parents) {
    try {
      makePrivate(parent);
      return await mkdtemp(`${join(parent, `${process.pid}-${start}`)}-`);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      failures.push(code === undefined ? message : `${parent} (${code})`);
    }
  }
  throw new WriteError({
    code: 'no-private-directory',
    failed: 'Cannot create a private directory',
    why: `none of these can be created: ${failures.join(', ')}`,
    next: 'Make one of their parents writable, for example with mount -t tmpfs tmpfs /run.',
  });
}

function makePrivate(path: string): void {
  try {
    // Not recursive: Node then loops forever where mkdir fails with ENOENT, as it does below /proc.
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (!isPrivate(path)) throw new Error(`${path} (another user owns it, or may write to it)`);
}

/**
 * Whether it is a directory that only this user can change: another user may have created a link or
 * a directory under this well-known name.
 */
export function isPrivate(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  return stats.isDirectory() && stats.uid === process.geteuid?.() && (stats.mode & 0o022) === 0;
}

/**
 * Whether this is the name of a run directory whose process has ended; not for any other name, so that
 * nobody else's directories are touched.
 */
export function isAbandoned(name: string): boolean {
  const [, pid, start] = /^(\d+)-(\d+)-\w{6}$/.exec(name) ?? [];
  return pid !== undefined && startTimeOf(Number(pid)) !== start;
}
