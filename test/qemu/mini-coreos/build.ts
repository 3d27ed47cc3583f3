import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { digestOf, markUsed, removeUnused } from './cache.ts';
import { assemble, type Parts } from './image.ts';
import { layout2019, layoutToday } from './layouts.ts';
import { ofNetworkd, ofNetworkManager, versionOfNetworkManager } from './network-setup.ts';
import { makeSystem, obtainKernel } from './system.ts';
import { type Release, releases } from './tree.ts';

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

/** What a build leaves is in the first directory; the second one is gone afterwards. */
type Build = (finished: string, work: string) => Promise<void>;

/**
 * Builds the test operating system, or finds it already built from the same inputs: these sources
 * and the versions of the packages that go into it. Needs root.
 */
export async function buildMiniCoreos(): Promise<MiniCoreos> {
  const directory = await builtFrom([], async (finished, work) => {
    const repository = join(finished, 'repository');
    const { parts, commits } = await makeSystem(work, repository, ofNetworkd, releases);
    await writeFile(join(finished, 'commits.json'), JSON.stringify(commits));
    const raw = join(finished, 'mini-coreos.raw');
    await assemble(parts, layout2019, 512, raw);
    await execa('xz', ['-0', '--threads=2', '--block-size=16MiB', '--keep', raw]);
    await assembleZst(parts, 4096, join(finished, 'mini-coreos-4k.raw'));
  });
  return {
    raw: join(directory, 'mini-coreos.raw'),
    rawXz: join(directory, 'mini-coreos.raw.xz'),
    raw4kZst: join(directory, 'mini-coreos-4k.raw.zst'),
    repository: join(directory, 'repository'),
    commits: JSON.parse(await readFile(join(directory, 'commits.json'), 'utf8')),
  };
}

/**
 * The same for an image whose network is NetworkManager's, for disks with 512-byte sectors, in today's
 * layout, as zstd. Only the scenario that needs it waits for it.
 */
export async function buildWithNetworkManager(): Promise<string> {
  const inputs = ['NetworkManager', await versionOfNetworkManager()];
  const directory = await builtFrom(inputs, async (finished, work) => {
    const network = await ofNetworkManager(work);
    const { parts } = await makeSystem(work, join(work, 'repository'), network, ['1']);
    await assembleZst(parts, 512, join(finished, 'mini-coreos.raw'));
  });
  return join(directory, 'mini-coreos.raw.zst');
}

async function assembleZst(parts: Parts, sectorSize: number, raw: string): Promise<void> {
  await assemble(parts, layoutToday, sectorSize, raw);
  await execa('zstd', ['-1', '--quiet', '--rm', raw]);
}

/** The directory of what was built from these sources and more inputs: now, if there is none. */
async function builtFrom(inputs: readonly string[], build: Build): Promise<string> {
  const directory = join(cache, await inputsDigest(inputs));
  if (!existsSync(directory)) await buildInto(directory, build);
  await markUsed(directory);
  return directory;
}

async function buildInto(directory: string, build: Build): Promise<void> {
  await mkdir(cache, { recursive: true });
  // Next to its final place, to be renamed.
  const product = await mkdtemp(join(cache, 'work-'));
  // dracut splits paths at spaces, which the checkout's path may contain: everything that it reads is here.
  const work = await mkdtemp('/var/tmp/coreos-installer-mini-coreos-');
  try {
    const finished = join(product, 'finished');
    await mkdir(finished);
    await build(finished, work);
    await removeUnused(cache);
    await rename(finished, directory);
  } finally {
    for (const directory of [product, work]) await rm(directory, { recursive: true, force: true });
  }
}

const packages = [
  ...['dracut-core', 'dracut-network', 'ignition', 'systemd', 'udev', 'grub-pc-bin', 'xfsprogs'],
  ...['grub-efi-amd64-signed', 'shim-signed'],
  ...['ostree', 'ostree-boot', 'libostree-1-1', 'gpg', 'podman', 'crun', 'busybox-static', 'dbus'],
];

async function inputsDigest(more: readonly string[]): Promise<string> {
  const { stdout } = await execa('dpkg-query', ['--show', ...packages]);
  return await digestOf(here, [stdout, (await obtainKernel()).version, ...more]);
}

if (import.meta.main) {
  const started = Date.now();
  const built = await buildMiniCoreos();
  console.log(`${built.raw} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
