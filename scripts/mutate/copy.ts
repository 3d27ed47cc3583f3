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

/** A copy of the checkout, including uncommitted changes, with a directory for temporary files. */
export interface Copy {
  readonly root: string;
  /** For the temporary files of everything that runs in the copy. */
  readonly temporary: string;
}

/**
 * Copies the tracked and the untracked, not ignored files of the checkout at `from`. The packages are hard
 * links to those there. The tests' packaged program runs the copy's source, so that no change needs
 * packaging.
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
  // Hard links, as symbolic links would lead out of a chroot that contains only the copy.
  execFileSync('cp', ['-al', join(from, 'node_modules'), root]);
  // Vite writes to its cache.
  rmSync(join(root, 'node_modules/.vite'), { recursive: true, force: true });
  const program = join(root, 'dist/coreos-installer');
  mkdirSync(dirname(program));
  const node = [nodeOf(root), '--disable-warning=DEP0123', join(root, 'src/main.ts')];
  writeFileSync(program, `#!/bin/sh\nexec ${node.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(program, 0o755);
}

/** The Node that runs everything in a copy: its own, if there is one. */
export function nodeOf(root: string): string {
  const own = join(root, `node_modules/node-linux-${process.arch}/bin/node`);
  return existsSync(own) ? own : process.execPath;
}

/** Removes a copy, with the loop devices on its files that killed tests have left. */
export async function removeCopy(copy: Copy): Promise<void> {
  await detachLoops(copy);
  rmSync(copy.temporary, { recursive: true, force: true });
  rmSync(copy.root, { recursive: true, force: true });
}

/** Detaches the loop devices on a copy's temporary files, and no others. */
export async function detachLoops({ temporary }: Copy): Promise<void> {
  for (const name of readdirSync('/sys/block')) {
    const file = `/sys/block/${name}/loop/backing_file`;
    if (!existsSync(file) || !readFileSync(file, 'utf8').startsWith(`${temporary}/`)) continue;
    await forgetPartitions(`/dev/${name}`);
    execFileSync('losetup', ['--detach', `/dev/${name}`]);
  }
}
