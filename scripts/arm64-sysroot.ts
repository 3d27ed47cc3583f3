/**
 * Unpacks the arm64 libraries that the arm64 binary needs to `build/sysroot-arm64`, where
 * `qemu-aarch64-static -L` finds them: for tests on a machine of another architecture.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openSuite } from './lib/debian.ts';
import { buildDir } from './lib/paths.ts';

const sysroot = join(buildDir, 'sysroot-arm64');

if (!existsSync(sysroot) && process.arch !== 'arm64') {
  await mkdir(buildDir, { recursive: true });
  const unfinished = await mkdtemp(`${sysroot}-`);
  const suite = await openSuite('trixie');
  for (const name of ['libc6', 'libgcc-s1', 'libstdc++6'])
    await suite.extract(`${name}:arm64`, unfinished);
  // On a real system the package base-files does this.
  await symlink('usr/lib', join(unfinished, 'lib'));
  await rename(unfinished, sysroot);
}
