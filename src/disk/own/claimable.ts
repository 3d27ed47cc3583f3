import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { hasCode, retryWhile } from '../../system/retry-while.ts';
import type { Target } from '../look/target.ts';
import { busyError, deviceError } from './device-errors.ts';

/**
 * Claims the target for a moment, only to read, as udev scans a disk that was open for writing. `TargetError` if somebody else has
 * claimed it: not all that do, such as ZFS and the kernel's iSCSI target, can be seen in /sys.
 */
export async function requireClaimable(target: Target): Promise<void> {
  try {
    const claim = () => open(target.path, constants.O_RDONLY | constants.O_EXCL);
    await using _ = await retryWhile(claim, hasCode('EBUSY'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EBUSY' ? busyError(target, error) : deviceError(target, 'opening it', error);
  }
}
