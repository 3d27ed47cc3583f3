import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { openSuite } from '../scripts/lib/debian.ts';
import { hostNode } from '../scripts/lib/node-base.ts';
import { root } from '../scripts/lib/paths.ts';
import { inPrivateNamespace, installerCommand } from '../test/support/installer.ts';
import { imagesDir } from './images.ts';

/** What a contender is given. */
export interface Job {
  readonly url: string;
  readonly device: string;
  readonly deviceSizeBytes: number;
  /** A directory on a disk, for the run alone. */
  readonly directory: string;
  /** A directory on a tmpfs, for the run alone. */
  readonly tmpfs: string;
}

export interface Contender {
  readonly name: string;
  readonly command: (job: Job) => readonly string[];
}

/** The whole of an installation, checks before and verification after included. */
export function ours(...options: string[]): Contender {
  return {
    name: ['coreos-installer', ...options].join(' '),
    command: ({ url, device, directory }) =>
      inPrivateNamespace(
        directory,
        installerCommand(['-d', device, '-i', 'skip', '-b', url, ...options]),
      ),
  };
}

/** `curl | TOOL | dd`, synced at the end. */
export function pipe(tool: string): Contender {
  return {
    name: `curl | ${tool} | dd`,
    command: ({ url, device }) =>
      shell(`curl -sSf ${url} | ${tool} | dd of=${device} bs=1M conv=fsync status=none`),
  };
}

/** The seed of this program: everything into memory first. */
export const staged: Contender = {
  name: 'curl to tmpfs, then xzcat | dd',
  command: ({ url, device, tmpfs }) =>
    shell(
      `curl -sSf -o ${tmpfs}/image ${url} && xzcat ${tmpfs}/image | dd of=${device} bs=1M conv=fsync status=none`,
    ),
};

/** No more than the network. */
export const download: Contender = {
  name: 'curl alone',
  command: ({ url }) => ['curl', '-sSf', '-o', '/dev/null', url],
};

export const bmaptool: Contender = {
  name: 'bmaptool --nobmap',
  command: ({ url, device }) => ['bmaptool', '-q', 'copy', '--nobmap', url, device],
};

/** xz with the very liblzma that is in our binary; Debian's stable release has it. */
export async function currentXz(): Promise<Contender> {
  const into = join(imagesDir, 'xz');
  if (!(await stat(into).catch(() => undefined))) {
    const suite = await openSuite('trixie');
    for (const name of ['xz-utils', 'liblzma5']) await suite.extract(name, into);
  }
  const library = join(into, 'usr/lib/x86_64-linux-gnu');
  const tool = `env LD_LIBRARY_PATH=${library} ${into}/usr/bin/xz -T0 -dc`;
  return { ...pipe(tool), name: 'curl | xz 5.8 -T0 | dd' };
}

const nativeModules = ['@ronomon/direct-io', 'mountutils', 'drivelist', 'xxhash-addon'];

/** etcher-sdk from npm, in a directory of its own, its native parts compiled here. */
export async function etcher(): Promise<Contender> {
  const home = join(imagesDir, 'etcher');
  const program = join(home, 'run.cjs');
  if (!(await stat(program).catch(() => undefined))) {
    await mkdir(home, { recursive: true });
    await writeFile(
      join(home, 'package.json'),
      JSON.stringify({
        private: true,
        dependencies: { 'etcher-sdk': '10.2.15' },
        // It names a fork on GitHub, for bzip2; the original does.
        overrides: { 'unbzip2-stream': '1.4.3' },
      }),
    );
    await execa('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: home });
    const headers = `--nodedir=${join(root, 'node_modules', `node-linux-${process.arch}`)}`;
    for (const name of nativeModules)
      await execa('npm', ['exec', '--yes', '--', 'node-gyp', 'rebuild', headers], {
        cwd: join(home, 'node_modules', name),
      });
  }
  await copyFile(join(import.meta.dirname, 'etcher.cjs'), program);
  return {
    name: 'etcher-sdk 10.2.15',
    command: ({ url, device, deviceSizeBytes }) => [
      hostNode,
      program,
      url,
      device,
      String(deviceSizeBytes),
    ],
  };
}

function shell(script: string): string[] {
  return ['bash', '-o', 'pipefail', '-c', script];
}
