import { mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { makeBootTree } from './boot-tree.ts';
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
import type { Parts } from './image.ts';
import type { NetworkSetup } from './network-setup.ts';
import { compileSetDefault } from './set-default.ts';
import { addKernel, makeDeployable, makeRelease, type Release } from './tree.ts';

const here = import.meta.dirname;

/** A system that images can be made of. */
export interface System<R extends Release> {
  /** With the first of its releases. */
  parts: Parts;
  commits: Record<R, string>;
}

/**
 * Makes some releases of the test system in a new repository. All else goes to a directory whose path has
 * no space.
 */
export async function makeSystem<R extends Release>(
  work: string,
  repository: string,
  network: NetworkSetup,
  releases: readonly [R, ...R[]],
): Promise<System<R>> {
  const base = await privateModules(work);
  const kernel = await copyKernel(await obtainKernel(), join(work, 'kernel'));
  const bootTree = join(work, 'boot');
  const rootTree = join(work, 'root');
  const [initramfs] = await Promise.all([
    makeInitramfs({ base, workDirectory: work, network }, kernel),
    makeRootTree({ base, workDirectory: work, network }, kernel, rootTree),
  ]);
  await addKernel(rootTree, kernel, initramfs);
  await compileSetDefault(join(rootTree, 'usr/libexec/mini-coreos/set-default'));
  await makeHttpdImage(join(rootTree, 'usr/share/httpd.tar'));
  await makeDeployable(rootTree);
  const commits = await commitReleases(repository, rootTree, kernel.version, work, releases);
  await makeBootTree(bootTree, join(here, 'grub.cfg'), network.firstBootArguments);
  const coreConfig = join(here, 'grub-core.cfg');
  const biosCore = join(work, 'core.img');
  await biosGrubCore(coreConfig, biosCore);
  const commit = commits[releases[0]];
  return { parts: { bootTree, repository, commit, biosCore, coreConfig }, commits };
}

/** Commits the releases, one made from the other, signed by a key that exists only here. */
async function commitReleases<R extends Release>(
  repository: string,
  tree: string,
  kernelVersion: string,
  work: string,
  releases: readonly R[],
): Promise<Record<R, string>> {
  const key: SigningKey = await makeSigningKey(work);
  try {
    await mkdir(join(tree, 'usr/etc/pki'));
    await execa('cp', [key.publicFile, join(tree, 'usr/etc/pki')]);
    await makeRepository(repository);
    const commits: Partial<Record<R, string>> = {};
    for (const release of releases) {
      await makeRelease(tree, release, kernelVersion);
      commits[release] = await commitRelease(repository, tree, release, key);
    }
    return commits as Record<R, string>;
  } finally {
    await endAgent(key.home);
  }
}

/** A kernel with its modules, unpacked from the distribution's package. */
export async function obtainKernel(): Promise<Kernel> {
  const script = join(here, '../../../media', 'obtain-kernel.sh');
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
