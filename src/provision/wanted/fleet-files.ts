import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { largestBytes } from '../../config/butane/document.ts';
import { type LocalFiles, localFilesIn, type TreeEntry } from '../../config/butane/local-files.ts';
import { InputError } from '../../lib/errors.ts';
import { readSmallFile, type SmallFileRules, UnusableFileError } from '../../lib/small-file.ts';
import { assetsDirectory } from './assets.ts';
import type { Faults } from './faults.ts';
import type { FleetFile } from './yaml-file.ts';

/** Throws an `InputError` unless a fleet is in the directory. */
export async function requireFleet(directory: string): Promise<void> {
  if ((await stat(join(directory, 'fleet.yaml')).catch(() => undefined)) !== undefined) return;
  throw new InputError({
    code: 'fleet-invalid',
    failed: `Cannot use ${directory} as the directory of a fleet`,
    why: 'it has no file fleet.yaml',
    next: 'coreos-provision init DIRECTORY makes one.',
  });
}

/** Reads a file of the fleet, `name` below its directory; undefined where it cannot be used. */
export async function readFleetFile(
  directory: string,
  name: string,
  faults: Faults,
  judge?: SmallFileRules['judge'],
): Promise<FleetFile | undefined> {
  try {
    const rules = { followLinks: true, ...(judge && { judge }) };
    return { name, bytes: await readSmallFile(join(directory, name), largestBytes, rules) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof UnusableFileError) && code === undefined) throw error;
    faults.error({ file: name }, code === 'ENOENT' ? 'there is no such file' : message);
    return undefined;
  }
}

/** The files in one of the fleet's directories, which need not exist, by their endings. */
export async function listFleetFiles(
  directory: string,
  name: string,
  ending: RegExp,
  faults: Faults,
): Promise<string[]> {
  const names = await readdir(join(directory, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') faults.error({ file: name }, `it cannot be read (${error.code})`);
    return [];
  });
  for (const other of names)
    if (!ending.test(other) && !/^\.|~$|^README/i.test(other))
      faults.warn(
        { file: `${name}/${other}` },
        `it is not used: its name does not end like ${ending.source}`,
      );
  return names
    .filter((one) => ending.test(one) && !one.startsWith('.'))
    .toSorted()
    .map((one) => `${name}/${one}`);
}

/** The files in butane/ for `local:` and the like of one template: each is read once, for all machines. */
export function localFilesOf(directory: string): LocalFiles {
  const files = localFilesIn(join(directory, 'butane'), 'the directory butane');
  const read = new Map<string, Buffer>();
  const trees = new Map<string, readonly TreeEntry[]>();
  const once = <T>(known: Map<string, T>, path: string, make: () => T): T => {
    const found = known.get(path) ?? make();
    known.set(path, found);
    return found;
  };
  return {
    read: (path) => once(read, path, () => files.read(path)),
    tree: (path) => once(trees, path, () => [...files.tree(path)].map(inMemory)),
  };
}

function inMemory({ path, content }: TreeEntry): TreeEntry {
  if (content?.kind !== 'file') return { path, content };
  const bytes = content.read();
  return { path, content: { ...content, read: () => bytes } };
}

/** Changes whenever one of the fleet's files does. */
export async function stampOf(directory: string): Promise<string> {
  const stamps: string[] = [];
  const add = async (name: string) => {
    const found = await stat(join(directory, name), { bigint: true }).catch(() => undefined);
    if (found !== undefined) stamps.push(`${name} ${found.ino} ${found.size} ${found.ctimeNs}`);
  };
  for (const name of ['fleet.yaml', 'machines.csv']) await add(name);
  for (const name of ['profiles', 'butane', 'secrets', assetsDirectory]) {
    const options = { recursive: name === 'butane' };
    const below = await readdir(join(directory, name), options).catch(() => []);
    for (const one of below.toSorted()) await add(join(name, one));
  }
  return stamps.join('\n');
}
