import { WriteError } from '../../lib/errors.ts';
import { findByNumber, type SysBlock, sizeBytesOf } from './sysfs.ts';
import type { Target } from './target.ts';

/**
 * The target as sysfs shows it now. `WriteError` when it was unplugged since it was checked, or
 * something else was plugged in under its name.
 */
export function sysBlockOf(target: Target, sysRoot = '/sys'): SysBlock {
  const block = findByNumber(target.majMin, sysRoot);
  // A drive without a medium, or a loop device without a file, stays in its place.
  const present = block && (sizeBytesOf(block) > 0 ? block : undefined);
  if (present && present.number('diskseq') === target.diskseq) return present;
  throw new WriteError({
    code: present ? 'target-replaced' : 'target-gone',
    failed: `Cannot continue with ${target.path}`,
    why: present ? 'another device has taken its place' : 'the device is gone',
    next: 'Connect it again, check its name, and run the same command again.',
  });
}
