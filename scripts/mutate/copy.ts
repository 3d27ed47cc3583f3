import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { forgetPartitions } from '../../test/support/partitions.ts';

const addon = `build/linux-${process.arch}/native.node`;

/** A copy of the checkout as it is now, uncommitted changes included, with room for temporary files. */
export interface Copy {
  readonly root: string;
  /** For temporary files, of everything that runs in the copy. */
  readonly temporary: string;
}

/**
 * Copies what git knows, or would, of the checkout at `from`. The packages are hard links to those there. What
 * the tests take for the packaged program runs the copy's source: no change needs packaging.
 */
export function makeCopy(from: string, { root, temporary }: Copy): void {
  mkdirSync(temporary, { recursive: true });
  const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: from });
  const names = listed
    .toString()
    .split('\0')
    .filter((name) => name !== '');
  for (const name of [...names, addon].filter((one) => existsSync(join(from, one)))) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    copyFileSync(join(from, name), join(root, name));
  }
  // Hard links, for symbolic ones lead out of a chroot that has nothing but the copy.
  execFileSync('cp', ['-al', join(from, 'node_modules'), root]);
  // Vite writes to its cache.
  rmSync(join(root, 'node_modules/.vite'), { recursive: true, force: true });
  const program = join(root, 'dist/coreos-installer');
  mkdirSync(dirname(program));
  const node = [nodeOf(root), '--disable-warning=DEP0123', join(root, 'src/main.ts')];
  writeFileSync(program, `#!/bin/sh\nexec ${node.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(program, 0o755);
}

/** The program that runs everything in a copy: its own, where there is one. */
export function nodeOf(root: string): string {
  const own = join(root, `node_modules/node-linux-${process.arch}/bin/node`);
  return existsSync(own) ? own : process.execPath;
}

/** Removes a copy, with the loop devices on files in it, which tests that were ended have left. */
export async function removeCopy(copy: Copy): Promise<void> {
  await detachLoops(copy);
  rmSync(copy.temporary, { recursive: true, force: true });
  rmSync(copy.root, { recursive: true, force: true });
}

/** Detaches loop devices that stand on a copy's temporary files, and nobody else's. */
export async function detachLoops({ temporary }: Copy): Promise<void> {
  for (const name of readdirSync('/sys/block')) {
    const file = `/sys/block/${name}/loop/backing_file`;
    if (!existsSync(file) || !readFileSync(file, 'utf8').startsWith(`${temporary}/`)) continue;
    await forgetPartitions(`/dev/${name}`);
    execFileSync('losetup', ['--detach', `/dev/${name}`]);
  }
}
