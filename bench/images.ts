import { link, mkdir, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import { buildDir } from '../scripts/lib/paths.ts';
import { makeDiskImage } from '../test/support/disk-image.ts';

const mib = 1024 * 1024;
/** Images and their compressed forms are kept here: some take minutes to make. */
export const imagesDir = join(buildDir, 'bench');

/** The overhead of a file system, including partly filled last blocks of files. */
const fileSystemShare = 0.09;

/** A disk image whose root file system, of `rootSizeBytes`, is filled with files of this machine. */
export async function realImage(rootSizeBytes: number): Promise<string> {
  return await made(`real-${rootSizeBytes / mib}M.raw`, async (path) => {
    const tree = `${path}.tree`;
    await linkFiles('/usr', tree, rootSizeBytes * (1 - fileSystemShare));
    const image = await makeDiskImage({ layout: 'today', rootSizeBytes, rootTree: tree });
    await rename(image, path).catch(() => execa('cp', ['--sparse=always', image, path]));
    await rm(tree, { recursive: true });
  });
}

/** The same disk, extended with zeros at its end, which become part of the last partition. */
export async function grownImage(image: string, sizeBytes: number): Promise<string> {
  return await made(`grown-${sizeBytes / mib}M.raw`, async (path) => {
    await execa('cp', ['--sparse=always', image, path]);
    await execa('truncate', ['--size', String(sizeBytes), path]);
    await execa('sgdisk', ['--move-second-header', path]);
    await execa('sgdisk', ['--delete=4', '--new=4:0:0', '--change-name=4:root', path]);
  });
}

/** A disk of zeros, except for its small partitions. */
export async function zeroImage(sizeBytes: number): Promise<string> {
  return await grownImage(await makeDiskImage({ layout: 'today' }), sizeBytes);
}

/** `image`, compressed by `tool` with these arguments, next to it. */
export async function compressed(
  image: string,
  tool: 'xz' | 'gzip' | 'zstd',
  args: readonly string[],
): Promise<string> {
  const suffix = { xz: 'xz', gzip: 'gz', zstd: 'zst' }[tool];
  const name = `${relative(imagesDir, image)}${args.join('')}.${suffix}`;
  return await made(name, async (path) => {
    console.log(`Compressing ${name}`);
    await execa(tool, [...args, '--stdout', image], { stdout: { file: path }, buffer: false });
  });
}

async function made(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const path = join(imagesDir, name);
  if (await stat(path).catch(() => undefined)) return path;
  await mkdir(imagesDir, { recursive: true });
  await make(`${path}.new`);
  await rename(`${path}.new`, path);
  return path;
}

/** Makes hard links to the files below `from` until they have about `wantedBytes` in total. */
async function linkFiles(from: string, to: string, wantedBytes: number): Promise<void> {
  await rm(to, { recursive: true, force: true });
  let bytes = 0;
  for await (const entry of await opendir(from, { recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const size = (await stat(path)).size;
    if (bytes + size > wantedBytes) continue;
    const target = join(to, relative(from, path));
    await mkdir(dirname(target), { recursive: true });
    await link(path, target).catch(() => execa('cp', [path, target]));
    bytes += Math.ceil(size / 4096) * 4096 + 512;
    if (bytes > wantedBytes - mib) return;
  }
}
