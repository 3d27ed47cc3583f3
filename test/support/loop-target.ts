import { inspectDevice } from '../../src/blockdev/inspect.ts';
import { checkTarget, type Target } from '../../src/plan/target.ts';
import type { LoopDevice } from './loop-device.ts';

/** The checked target that a loop device is, as it is now. */
export function targetOf(device: LoopDevice): Target {
  return checkTarget(inspectDevice(device.path));
}
