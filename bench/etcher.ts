import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { hostNode } from '../scripts/lib/node-base.ts';
import { inPackage } from '../scripts/lib/paths.ts';
import { imagesDir } from './images.ts';

export const etcherHome = join(imagesDir, 'etcher');

const manifest = {
  private: true,
  dependencies: { 'etcher-sdk': '10.2.15', 'node-gyp': '13.1.0' },
  // etcher-sdk names a fork on GitHub for bzip2; the original is sufficient.
  overrides: { 'unbzip2-stream': '1.4.3' },
};

const nativeModules = ['@ronomon/direct-io', 'mountutils', 'drivelist', 'xxhash-addon'];

/** Installs etcher-sdk from npm in a separate directory, and compiles its native parts. */
export async function installEtcher(): Promise<void> {
  const ready = join(etcherHome, 'compiled');
  if (!existsSync(ready)) {
    console.log('Installing etcher-sdk');
    await mkdir(etcherHome, { recursive: true });
    await writeFile(join(etcherHome, 'package.json'), JSON.stringify(manifest));
    const cwd = etcherHome;
    await execa('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd });
    const compiler = join(etcherHome, 'node_modules/node-gyp/bin/node-gyp.js');
    const headers = `--nodedir=${inPackage(`node-linux-${process.arch}`)}`;
    for (const name of nativeModules)
      await execa(hostNode, [compiler, 'rebuild', headers], {
        cwd: join(etcherHome, 'node_modules', name),
        // Debian's npm sets another directory for the headers.
        env: { npm_config_nodedir: undefined },
      });
    await writeFile(ready, '');
  }
  await copyFile(join(import.meta.dirname, 'etcher.cjs'), join(etcherHome, 'run.cjs'));
}
