import {
  appendFile,
  chmod,
  cp,
  mkdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** What belongs to the machine, not to the system: links to places in /var or /run. */
const links = {
  home: 'var/home',
  root: 'var/roothome',
  opt: 'var/opt',
  srv: 'var/srv',
  mnt: 'var/mnt',
  media: 'run/media',
  ostree: 'sysroot/ostree',
  'usr/local': '../var/usrlocal',
};

/** Mount points. */
const empty = ['boot', 'dev', 'proc', 'sys', 'run', 'sysroot', 'tmp', 'var'];

/**
 * Turns an unpacked system into what ostree deploys: everything in `usr`, the defaults of `etc` there, too,
 * and nothing in `var` (ostree's “Adapting existing mainstream distributions”).
 */
export async function makeDeployable(tree: string): Promise<void> {
  for (const name of [...empty, ...Object.keys(links)]) {
    await rm(join(tree, name), { recursive: true, force: true });
  }
  for (const name of empty) await mkdir(join(tree, name));
  for (const [name, target] of Object.entries(links)) await symlink(target, join(tree, name));
  await chmod(join(tree, 'tmp'), 0o1777);
  await rename(join(tree, 'etc'), join(tree, 'usr/etc'));
}

/** Puts kernel and initramfs where ostree looks for them. */
export async function addKernel(
  tree: string,
  kernel: { version: string; file: string },
  initramfsFile: string,
): Promise<void> {
  const directory = join(tree, 'usr/lib/modules', kernel.version);
  await mkdir(directory, { recursive: true });
  await cp(kernel.file, join(directory, 'vmlinuz'));
  await cp(initramfsFile, join(directory, 'initramfs.img'));
}

/** The releases of the test system. */
export const releases = ['1', '2', '3'] as const;
export type Release = (typeof releases)[number];

/**
 * Turns the tree of the previous release into that of this one: new programs and defaults; in release
 * 2 also a new initramfs, so that kernel and initramfs go to a directory of their own.
 */
export async function makeRelease(
  tree: string,
  release: Release,
  kernelVersion: string,
): Promise<void> {
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  };
  await write('usr/etc/mini-coreos/untouched', `default of release ${release}\n`);
  await write('usr/etc/mini-coreos/changed', `default of release ${release}\n`);
  await write(`usr/share/mini-coreos-${release}`, `new in release ${release}\n`);
  await write(
    'usr/lib/os-release',
    `NAME="mini-coreos"
ID=mini-coreos
VARIANT_ID=coreos
VERSION="${release}"
PRETTY_NAME="mini-coreos (a test image)"
`,
  );
  if (release !== '2') return;
  const initramfs = join(tree, 'usr/lib/modules', kernelVersion, 'initramfs.img');
  await appendArchive(initramfs, 'etc/mini-coreos-initramfs', `release ${release}\n`);
}

/** The kernel unpacks archives that follow each other, each at a multiple of four bytes. */
async function appendArchive(initramfs: string, path: string, text: string): Promise<void> {
  const tree = `${initramfs}.more`;
  await mkdir(join(tree, 'etc'), { recursive: true });
  await writeFile(join(tree, path), text);
  const { stdout } = await execa('cpio', ['--quiet', '-o', '-H', 'newc'], {
    cwd: tree,
    input: `etc\n${path}\n`,
    encoding: 'buffer',
  });
  await rm(tree, { recursive: true });
  await appendFile(initramfs, Buffer.alloc(-(await stat(initramfs)).size & 3));
  await appendFile(initramfs, stdout);
}
