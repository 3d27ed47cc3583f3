import { TargetError, WriteError } from '../../lib/errors.ts';
import type { FailureCode } from '../../lib/failure-codes.ts';
import { type Opener, stopCommand } from '../look/facts.ts';
import { inspectDevice } from '../look/inspect.ts';
import type { Target } from '../look/target.ts';
import { sysBlockOf } from '../look/target-block.ts';

type Known = readonly [code: FailureCode<'write'>, why: string];

/** The kernel's names for what a disk reports: `blk_errors` in block/blk-core.c. */
const reasons: Readonly<Record<string, Known>> = {
  EIO: ['disk-io-error', 'the device reports an input/output error (EIO)'],
  ENODATA: ['disk-io-error', 'the device reports a defective sector (ENODATA)'],
  EREMOTEIO: ['disk-io-error', 'the device reports an error of its own (EREMOTEIO)'],
  ENOLINK: ['disk-io-error', 'the device cannot be reached (ENOLINK)'],
  ETIMEDOUT: ['disk-io-error', 'the device does not answer (ETIMEDOUT)'],
  EILSEQ: ['disk-io-error', 'the data arrived damaged at the device (EILSEQ)'],
  EBADE: ['disk-write-failed', 'another machine has reserved the device (EBADE)'],
  ENOSPC: ['disk-write-failed', 'no space is left on the device (ENOSPC)'],
  ENXIO: ['target-gone', 'the device is gone (ENXIO)'],
  ENODEV: ['target-gone', 'the device is gone (ENODEV)'],
  ENOENT: ['target-gone', 'the device is gone (ENOENT)'],
  ENOMEDIUM: ['target-gone', 'there is no medium in the drive (ENOMEDIUM)'],
  EROFS: ['disk-write-failed', 'the device is read-only (EROFS)'],
  EACCES: ['disk-write-failed', 'this user may not write to the device (EACCES)'],
  EPERM: ['disk-write-failed', 'this user may not write to the device (EPERM)'],
};

/** `doing` says what and where: `writing 1048576 bytes at byte 4096`. */
export function deviceError(target: Target, doing: string, cause: unknown): WriteError {
  const error = cause as NodeJS.ErrnoException;
  // One that was unplugged has no sectors left, and the kernel reports an end or a lack of space.
  const gone = whyGone(target);
  if (gone !== undefined) return gone;
  const [code, why] = reasons[error.code ?? ''] ?? (['disk-write-failed', error.message] as const);
  return new WriteError(
    {
      code,
      failed: `Cannot write to ${target.path}`,
      why: `${doing} failed, ${why}`,
      next: 'Check the disk, its cable and the kernel log (dmesg), or choose another device.',
    },
    { cause },
  );
}

function whyGone(target: Target): WriteError | undefined {
  try {
    sysBlockOf(target);
    return undefined;
  } catch (error) {
    return error instanceof WriteError ? error : undefined;
  }
}

export function pastEndError({ path, sizeBytes }: Target, atByte: number): WriteError {
  return new WriteError({
    code: 'disk-write-failed',
    failed: `Cannot write to ${path}`,
    why: `byte ${atByte} is past the end of the disk (${sizeBytes} bytes); the image is larger`,
    next: 'Choose a larger device.',
  });
}

/** Another program, or the kernel, has claimed the device; names the program. */
export function busyError(target: Target, cause: unknown): TargetError {
  const openers = openersOf(target).filter(({ device }) => device === target.path);
  const writers = openers.filter(({ forWriting }) => forWriting);
  return inUseBy(target, 'in use', writers.length > 0 ? writers : openers, cause);
}

/** A program has a partition open, so that the kernel does not remove it. */
export function partitionsBusyError(target: Target, cause: unknown): TargetError {
  const openers = openersOf(target).filter(({ device }) => device !== target.path);
  const partitions = unique(openers.map(({ device }) => device));
  return inUseBy(target, 'in use', openers, cause, partitions || 'it');
}

const nobodyKnown = {
  'in use': 'Use lsblk to see what is built on it and free that',
  locked: 'Wait until that is done',
} as const;

export type Program = Pick<Opener, 'pid' | 'command' | 'service'>;

/** `what` of the target is `how` by these programs, of which none may be known. */
export function inUseBy(
  target: Target,
  how: keyof typeof nobodyKnown,
  programs: readonly Program[],
  cause: unknown,
  what = 'it',
): TargetError {
  const who = unique(programs.map(({ pid, command }) => `${command} (process ${pid})`));
  const stop = unique(programs.map(stopCommand), '; ');
  return new TargetError(
    {
      code: how === 'locked' ? 'target-locked' : 'target-in-use',
      failed: `Cannot write to ${target.path}`,
      why: `${what} is ${how} by ${who || 'the kernel or another program'}`,
      next: who
        ? `Wait until that is done, or stop it with ${stop}, or choose another device.`
        : `${nobodyKnown[how]}, or choose another device.`,
    },
    { cause },
  );
}

function openersOf({ path }: Target): readonly Opener[] {
  return inspectDevice(path).device?.openers ?? [];
}

function unique(words: readonly string[], separator = ', '): string {
  return [...new Set(words)].join(separator);
}
