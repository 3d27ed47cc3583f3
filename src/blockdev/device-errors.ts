import { TargetError, WriteError } from '../errors.ts';
import type { Opener } from './facts.ts';
import { inspectDevice } from './inspect.ts';
import { stopCommand } from './stop-command.ts';
import type { Target } from './target.ts';

const reasons: Readonly<Record<string, string>> = {
  EIO: 'the device reports an input/output error (EIO)',
  ENOSPC: 'there is no more room on the device (ENOSPC)',
  ENXIO: 'the device is gone (ENXIO)',
  ENODEV: 'the device is gone (ENODEV)',
  ENOENT: 'the device is gone (ENOENT)',
  ENOMEDIUM: 'there is no medium in the drive (ENOMEDIUM)',
  EROFS: 'the device is read-only (EROFS)',
  EACCES: 'this user may not write to the device (EACCES)',
  EPERM: 'this user may not write to the device (EPERM)',
};

/** `doing` says what and where: `writing 1048576 bytes at byte 4096`. */
export function deviceError(target: Target, doing: string, cause: unknown): WriteError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new WriteError(
    {
      failed: `Cannot write to ${target.path}`,
      why: `${doing} failed, ${reasons[code] ?? message}`,
      next: 'Check the disk, its cable and the kernel log (dmesg), or choose another device with -d.',
    },
    { cause },
  );
}

/** Somebody else has claimed the device: named, where it is a program. */
export function busyError(target: Target, cause: unknown): TargetError {
  return inUse(target, cause, ({ device, forWriting }) => forWriting && device === target.path);
}

/** Somebody has a partition open, so that the kernel does not give it up. */
export function partitionsBusyError(target: Target, cause: unknown): TargetError {
  return inUse(target, cause, ({ device }) => device !== target.path);
}

function inUse(target: Target, cause: unknown, inTheWay: (opener: Opener) => boolean): TargetError {
  const openers = (inspectDevice(target.path).device?.openers ?? []).filter(inTheWay);
  const list = (words: string[], separator = ', ') => [...new Set(words)].join(separator);
  const what = list(openers.map(({ device }) => device)) || target.path;
  const who = list(openers.map(({ pid, command }) => `${command} (process ${pid})`));
  const stop = list(openers.map(stopCommand), '; ');
  return new TargetError(
    {
      failed: `Cannot write to ${target.path}`,
      why: `${what === target.path ? 'it' : what} is in use by ${who || 'the kernel or another program'}`,
      next: who
        ? `Wait until that is done, or stop it with ${stop}, or choose another device with -d.`
        : 'Use lsblk to see what is built on it and free that, or choose another device with -d.',
    },
    { cause },
  );
}
