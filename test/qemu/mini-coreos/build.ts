import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { makeBootTree } from './boot-tree.ts';
import { digestOf, markUsed, removeUnused } from './cache.ts';
import {
  commitRelease,
  endAgent,
  makeRepository,
  makeSigningKey,
  type SigningKey,
} from './commits.ts';
import { type Kernel, makeInitramfs, makeRootTree, privateModules } from './dracut.ts';
import { biosGrubCore } from './grub.ts';
import { makeHttpdImage } from './httpd-image.ts';
import { assemble } from './image.ts';
import { layout2019, layoutToday } from './layouts.ts';
import { compileSetDefault } from './set-default.ts';
import { addKernel, makeDeployable, makeRelease, type Release, releases } from './tree.ts';

/** The finished images of the test operating system. */
export interface MiniCoreos {
  /** For disks with 512-byte sectors, in the layout of 2019. */
  raw: string;
  /** The same as xz, in blocks that carry their sizes. */
  rawXz: string;
  /** For disks with 4096-byte sectors, in today's layout, as zstd. */
  raw4kZst: string;
  /** All releases, to be served over HTTP. The branch is not at the one that the images contain. */
  repository: string;
  /** The commits of the releases in the repository. */
  commits: Record<Release, string>;
}

const here = import.meta.dirname;
const project = join(here, '..', '..', '..');
const cache = join(project, 'build', 'mini-coreos');

/**
 * Builds the test operating system, or finds it already built from the same inputs: these sources
 * and the versions of the packages that go into it. Needs root.
 */
export async function buildMiniCoreos(): Promise<MiniCoreos> {
  const directory = join(cache, await inputsDigest());
  if (!existsSync(directory)) await build(directory);
  await markUsed(directory);
  return {
    raw: join(directory, 'mini-coreos.raw'),
    rawXz: join(directory, 'mini-coreos.raw.xz'),
    raw4kZst: join(directory, 'mini-coreos-4k.raw.zst'),
    repository: join(directory, 'repository'),
    commits: JSON.parse(await readFile(join(directory, 'commits.json'), 'utf8')),
  };
}

async function build(directory: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  // Next to its final place, to be renamed.
  const product = await mkdtemp(join(cache, 'work-'));
  // dracut splits paths at spaces, which the checkout's path may contain: everything that it reads is here.
  const work = await mkdtemp('/var/tmp/coreos-installer-mini-coreos-');
  try {
    const base = await privateModules(work);
    const kernel = await copyKernel(await obtainKernel(), join(work, 'kernel'));
    const bootTree = join(work, 'boot');
    const rootTree = join(work, 'root');
    const [initramfs] = await Promise.all([
      makeInitramfs(base, work, kernel),
      makeRootTree(base, work, kernel, rootTree),
    ]);
    await addKernel(rootTree, kernel, initramfs);
    await compileSetDefault(join(rootTree, 'usr/libexec/mini-coreos/set-default'));
    await makeHttpdImage(join(rootTree, 'usr/share/httpd.tar'));
    await makeDeployable(rootTree);
    const finished = join(product, 'finished');
    await mkdir(finished);
    const repository = join(finished, 'repository');
    const commits = await commitReleases(repository, rootTree, kernel.version, work);
    await writeFile(join(finished, 'commits.json'), JSON.stringify(commits));
    await makeBootTree(bootTree, join(here, 'grub.cfg'));
    const coreConfig = join(here, 'grub-core.cfg');
    const biosCore = join(work, 'core.img');
    await biosGrubCore(coreConfig, biosCore);
    const parts = { bootTree, repository, commit: commits['1'], biosCore, coreConfig };
    const raw = join(finished, 'mini-coreos.raw');
    await assemble(parts, layout2019, 512, raw);
    const raw4k = join(finished, 'mini-coreos-4k.raw');
    await assemble(parts, layoutToday, 4096, raw4k);
    await execa('xz', ['-0', '--threads=2', '--block-size=16MiB', '--keep', raw]);
    await execa('zstd', ['-1', '--quiet', '--rm', raw4k]);
    await removeUnused(cache);
    await rename(finished, directory);
  } finally {
    for (const directory of [product, work]) await rm(directory, { recursive: true, force: true });
  }
}

/** Commits all releases, one made from the other, signed by a key that exists only here. */
async function commitReleases(
  repository: string,
  tree: string,
  kernelVersion: string,
  work: string,
): Promise<Record<Release, string>> {
  const key: SigningKey = await makeSigningKey(work);
  try {
    await mkdir(join(tree, 'usr/etc/pki'));
    await execa('cp', [key.publicFile, join(tree, 'usr/etc/pki')]);
    await makeRepository(repository);
    const commits: Partial<Record<Release, string>> = {};
    for (const release of releases) {
      await makeRelease(tree, release, kernelVersion);
      commits[release] = await commitRelease(repository, tree, release, key);
    }
    return commits as Record<Release, string>;
  } finally {
    await endAgent(key.home);
  }
}

/** A kernel with its modules, unpacked from the distribution's package. */
async function obtainKernel(): Promise<Kernel> {
  const script = join(project, 'media', 'obtain-kernel.sh');
  // Whatever kernel the media are to have: this system has the distribution's.
  const env = { KERNEL: '', KERNEL_PACKAGE: '', MODULES: '', ARCH: '' };
  const { stdout: directory } = await execa(script, { env });
  const version = (await readFile(join(directory, 'version'), 'utf8')).trim();
  return { version, file: join(directory, 'vmlinuz'), modules: join(directory, 'modules') };
}

async function copyKernel({ version, file, modules }: Kernel, directory: string): Promise<Kernel> {
  // dracut insists on the place.
  const all = join(directory, 'lib/modules');
  const copy = { version, file: join(directory, 'vmlinuz'), modules: join(all, version) };
  await mkdir(all, { recursive: true });
  await execa('cp', [file, copy.file]);
  await execa('cp', ['-R', await realpath(modules), copy.modules]);
  return copy;
}

const packages = [
  ...['dracut-core', 'dracut-network', 'ignition', 'systemd', 'udev', 'grub-pc-bin', 'xfsprogs'],
  ...['grub-efi-amd64-signed', 'shim-signed'],
  ...['ostree', 'ostree-boot', 'libostree-1-1', 'gpg', 'podman', 'crun', 'busybox-static'],
];

async function inputsDigest(): Promise<string> {
  const { stdout } = await execa('dpkg-query', ['--show', ...packages]);
  return await digestOf(here, [stdout, (await obtainKernel()).version]);
}

if (import.meta.main) {
  const started = Date.now();
  const built = await buildMiniCoreos();
  console.log(`${built.raw} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
