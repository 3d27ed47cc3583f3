import { TargetError, WriteError } from '../errors.ts';
import type { Opener } from './facts.ts';
import { openersOf } from './inspect.ts';
import { stopCommand } from './stop-command.ts';
import { partitionsOf } from './sysfs.ts';
import type { Target } from './target.ts';
import { sysBlockOf } from './target-block.ts';

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
  const openers = openersOf(new Map([[target.majMin, target.path]]));
  return inUse(
    target,
    openers.filter(({ forWriting }) => forWriting),
    cause,
  );
}

/** Somebody has a partition open, so that the kernel does not give it up. */
export function partitionsBusyError(target: Target, cause: unknown): TargetError {
  const partitions = partitionsOf(sysBlockOf(target));
  const paths = new Map(partitions.map(({ block, path }) => [block.majMin, path]));
  return inUse(target, openersOf(paths), cause);
}

function inUse(target: Target, openers: readonly Opener[], cause: unknown): TargetError {
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
