import { readFileSync } from 'node:fs';

/**
 * Throws where a mount namespace cannot be isolated from the rest of the system: in a chroot whose `/` is
 * an ordinary directory, not a mount point, and so cannot be made private.
 */
export function requireOwnMounts(mountInfo = readFileSync('/proc/self/mountinfo', 'utf8')): void {
  // proc(5): the fifth field is the mount point.
  if (mountInfo.split('\n').some((line) => line.split(' ')[4] === '/')) return;
  throw new Error(
    '/ is not a mount point, as in a chroot, so mounts made here would be visible outside. ' +
      'Outside, run mount --bind DIRECTORY DIRECTORY before chroot DIRECTORY.',
  );
}

/** For vitest, before the tests of a project that mount. */
export default function setup(): void {
  if (process.getuid?.() === 0) requireOwnMounts();
}
