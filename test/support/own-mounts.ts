import { readFileSync } from 'node:fs';

/**
 * Throws where a mount namespace cannot be kept apart from the rest of the system: in a chroot, whose
 * `/` is a directory like any other, and not the top of a mount that could be made private.
 */
export function requireOwnMounts(mountInfo = readFileSync('/proc/self/mountinfo', 'utf8')): void {
  // proc(5): the fifth field is the mount point.
  if (mountInfo.split('\n').some((line) => line.split(' ')[4] === '/')) return;
  throw new Error(
    '/ is no mount point, as in a chroot, and mounts made here would be seen outside. ' +
      'Outside, run mount --bind DIRECTORY DIRECTORY before chroot DIRECTORY.',
  );
}

/** For vitest, before the tests of a project that mount. */
export default function setup(): void {
  if (process.getuid?.() === 0) requireOwnMounts();
}
