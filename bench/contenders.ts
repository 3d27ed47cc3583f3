import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openSuite } from '../scripts/lib/debian.ts';
import { hostNode } from '../scripts/lib/node-base.ts';
import { binaryPath, inPrivateNamespace } from '../test/support/installer.ts';
import { etcherHome, installEtcher } from './etcher.ts';
import { imagesDir } from './images.ts';

/** The input of a contender. */
export interface Job {
  readonly url: string;
  readonly device: string;
  readonly deviceSizeBytes: number;
  /** A directory on a disk, for this run only. */
  readonly directory: string;
  /** A directory on a tmpfs, for this run only. */
  readonly tmpfs: string;
}

export interface Contender {
  readonly name: string;
  /** Obtains the program, if no package of the distribution is used. */
  readonly prepare?: () => Promise<void>;
  readonly command: (job: Job) => readonly string[];
}

const installed = join(imagesDir, 'coreos-installer');

/** A whole installation, including the checks before and the verification after. */
export const ours = (...options: string[]) =>
  build({ name: 'coreos-installer', from: binaryPath, at: installed }, options);

/** The same work by another build: `BEFORE=FILE`. None without that. */
export function before(...options: string[]): Contender[] {
  const from = process.env['BEFORE'];
  if (!from) return [];
  return [build({ name: 'the build before', from, at: `${installed}-before` }, options)];
}

/**
 * Runs a copy of the program, as on the machines where it is installed: the file that the build has
 * written is in the page cache in larger folios, of which more is mapped than is used (15 MB).
 */
function build(
  { name, from, at }: { readonly name: string; readonly from: string; readonly at: string },
  options: readonly string[],
): Contender {
  return {
    name: [name, ...options].join(' '),
    async prepare() {
      await mkdir(imagesDir, { recursive: true });
      await copyFile(from, at);
    },
    command: ({ url, device, directory }) =>
      inPrivateNamespace(directory, [at, '-d', device, '-i', 'skip', '-b', url, ...options]),
  };
}

/** Saves the file, verifies the SHA-256 on the way, and syncs it. */
export function ourDownload(...options: string[]): Contender {
  return {
    ...ours(),
    name: ['coreos-installer download', ...options].join(' '),
    command: ({ url, directory }) => [
      ...[installed, 'download', '--insecure', '--quiet', '-u', url, '-C', directory],
      ...options,
    ],
  };
}

/** What is typed to save a file, synced as ours. */
export const curlToFile: Contender = {
  name: 'curl -O',
  command: ({ url, directory }) => shell(`cd ${directory} && curl -sSf -O ${url} && sync ./*`),
};

export const curlUnpacked: Contender = {
  name: 'curl | xz -dc',
  command: ({ url, directory }) =>
    shell(`cd ${directory} && curl -sSf ${url} | xz -dc > image.raw && sync image.raw`),
};

/** `curl | TOOL | dd`, synced at the end. */
export function pipe(tool: string): Contender {
  return {
    name: `curl | ${tool} | dd`,
    command: ({ url, device }) =>
      shell(`curl -sSf ${url} | ${tool} | dd of=${device} bs=1M conv=fsync status=none`),
  };
}

/** The predecessor of this program: it downloads everything into memory first. */
export const staged: Contender = {
  name: 'curl to tmpfs, then xzcat | dd',
  command: ({ url, device, tmpfs }) =>
    shell(
      `curl -sSf -o ${tmpfs}/image ${url} && xzcat ${tmpfs}/image | dd of=${device} bs=1M conv=fsync status=none`,
    ),
};

/** The network only. */
export const download: Contender = {
  name: 'curl alone',
  command: ({ url }) => ['curl', '-sSf', '-o', '/dev/null', url],
};

export const bmaptool: Contender = {
  name: 'bmaptool --nobmap',
  command: ({ url, device }) => ['bmaptool', '-q', 'copy', '--nobmap', url, device],
};

const xzHome = join(imagesDir, 'xz');

/** xz with the same liblzma as in our binary; Debian's stable release has it. */
export const currentXz: Contender = {
  ...pipe(
    `env LD_LIBRARY_PATH=${xzHome}/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu ${xzHome}/usr/bin/xz -T0 -dc`,
  ),
  name: 'curl | xz 5.8 -T0 -dc | dd',
  async prepare() {
    if (existsSync(join(xzHome, 'usr/bin/xz'))) return;
    const suite = await openSuite('trixie');
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    for (const name of ['liblzma5', 'xz-utils'])
      await suite.extract(`${name}:${architecture}`, xzHome);
  },
};

/** etcher-sdk from npm, as its users call it: see etcher.cjs. */
export const etcher: Contender = {
  name: 'etcher-sdk',
  prepare: installEtcher,
  command: ({ url, device, deviceSizeBytes }) => [
    hostNode,
    join(etcherHome, 'run.cjs'),
    url,
    device,
    String(deviceSizeBytes),
  ],
};

function shell(script: string): string[] {
  return ['bash', '-o', 'pipefail', '-c', script];
}
