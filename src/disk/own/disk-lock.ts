import { readFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { TargetError } from '../../lib/errors.ts';
import { lockNow } from '../../native/system.ts';
import { commandOf, serviceOf } from '../../system/processes.ts';
import { hasCode } from '../../system/retry-while.ts';
import type { Target } from '../look/target.ts';
import { inUseBy, type Program } from './device-errors.ts';

const pollMs = 50;

/** How long udev may work on a disk before that is reported: its rules may be slow. */
const lockPatienceMs = 30_000;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  readonly patienceMs?: number;
  readonly procRoot?: string;
}

/**
 * Takes the BSD lock on a whole disk, which udev, systemd and disk tools respect: until the file is
 * closed none of them looks at it, reads its partition table again or changes it
 * (systemd.io/BLOCK_DEVICE_LOCKING). Waits while another program has it, then throws `TargetError`.
 */
export async function lockDisk(
  target: Target,
  file: FileHandle,
  { signal, patienceMs = lockPatienceMs, procRoot = '/proc' }: LockOptions = {},
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return lockNow(file.fd);
    } catch (error) {
      if (!hasCode('EAGAIN')(error)) throw error;
      if (performance.now() >= endMs) throw await lockedError(target, file, procRoot, error);
    }
    await delay(pollMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

async function lockedError(
  target: Target,
  file: FileHandle,
  procRoot: string,
  cause: unknown,
): Promise<TargetError> {
  const holders = lockHolders(readLocks(procRoot), await file.stat());
  const programs = holders.map(
    (pid): Program => ({
      pid,
      command: commandOf(pid, procRoot),
      service: serviceOf(pid, procRoot),
    }),
  );
  return inUseBy(target, 'locked', programs, cause);
}

/** Empty where /proc shows only processes (subset=pid). */
function readLocks(procRoot: string): string {
  try {
    return readFileSync(`${procRoot}/locks`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The processes that have a BSD lock on a file, without those of other PID namespaces.
 * Source of fact: proc_locks(5).
 */
export function lockHolders(
  text: string,
  { dev, ino }: { readonly dev: number; readonly ino: number },
): number[] {
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  // As stat(2) gives it: eight bits of the minor number, the major number, the rest of the minor.
  const major = (dev >> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00);
  const inode = `${hex(major)}:${hex(minor)}:${ino}`;
  return text.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const [, kind, , , pid, where] = words;
    return kind === 'FLOCK' && where === inode && Number(pid) > 0 ? [Number(pid)] : [];
  });
}
