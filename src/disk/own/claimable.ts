import type { Target } from '../look/target.ts';
import { DeviceFile } from './device-file.ts';

/**
 * Claims the target for a moment, only to read: udev scans a disk that was open for writing. `TargetError` if
 * somebody else has claimed it: not all that do, such as ZFS and the kernel's iSCSI target, can be seen in /sys.
 */
export async function requireClaimable(target: Target): Promise<void> {
  await using _ = await DeviceFile.open(target, { readOnly: true, claim: true });
}
