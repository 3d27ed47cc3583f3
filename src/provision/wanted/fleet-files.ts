import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { largestBytes } from '../../config/butane/document.ts';
import { type LocalFiles, localFilesIn, type TreeEntry } from '../../config/butane/local-files.ts';
import { readSmallFile, type SmallFileRules, UnusableFileError } from '../../lib/small-file.ts';
import type { Faults } from './faults.ts';

/** A file as it was read, and its name below the fleet's directory. */
export interface FleetFile {
  readonly name: string;
  readonly bytes: Uint8Array;
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

/** Reads the files with an ending in one of the fleet's directories, which need not exist. */
export async function readFleetFiles(
  directory: string,
  folder: string,
  ending: string,
  faults: Faults,
  judge?: SmallFileRules['judge'],
): Promise<FleetFile[]> {
  const names = await readdir(join(directory, folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT')
      faults.error({ file: folder }, `it cannot be read (${error.code})`);
    return [];
  });
  const files: FleetFile[] = [];
  for (const name of names.filter((one) => !one.startsWith('.')).toSorted()) {
    const path = `${folder}/${name}`;
    if (!name.endsWith(ending)) {
      // In butane/ are also the files that templates embed.
      if (folder !== 'butane' && !/~$|^README/i.test(name))
        faults.warn({ file: path }, `it is not used: its name does not end in ${ending}`);
      continue;
    }
    const file = await readFleetFile(directory, path, faults, judge);
    if (file !== undefined) files.push(file);
  }
  return files;
}

/** The files in butane/ for `local:` and the like of one template: each is read once, for all machines. */
export function localFilesOf(directory: string): LocalFiles {
  const files = localFilesIn(join(directory, 'butane'), 'the directory butane');
  return {
    read: once((path) => files.read(path)),
    tree: once((path) => [...files.tree(path)].map(inMemory)),
  };
}

function once<T>(read: (path: string) => T): (path: string) => T {
  const known = new Map<string, T>();
  return (path) => {
    const found = known.get(path) ?? read(path);
    known.set(path, found);
    return found;
  };
}

function inMemory({ path, content }: TreeEntry): TreeEntry {
  if (content?.kind !== 'file') return { path, content };
  const bytes = content.read();
  return { path, content: { ...content, read: () => bytes } };
}
