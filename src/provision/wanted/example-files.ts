import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { getAsset, isSea } from 'node:sea';
import { writeError } from '../../download/write-error.ts';
import { WriteError } from '../../lib/errors.ts';

/** In example/, next to this file, and among the assets of the packaged program. */
export const exampleNames = [
  'fleet.yaml',
  'machines.csv',
  'profiles/worker.yaml',
  'butane/worker.bu',
  'secrets/all.yaml',
] as const;

export function readExample(name: (typeof exampleNames)[number]): string {
  return isSea()
    ? getAsset(basename(name), 'utf8')
    : readFileSync(join(import.meta.dirname, 'example', name), 'utf8');
}

/**
 * Makes the directory of a fleet with these files, by default examples that `loadFleet` accepts. Throws
 * `WriteError`, also where the directory is not empty.
 */
export async function makeFleetDirectory(
  directory: string,
  files: Readonly<Record<string, string>> = Object.fromEntries(
    exampleNames.map((name) => [name, readExample(name)]),
  ),
): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    if ((await readdir(directory)).length > 0) throw notEmpty(directory);
    for (const name of ['profiles', 'butane', 'assets']) await mkdir(join(directory, name));
    for (const name of ['secrets', 'state']) await mkdir(join(directory, name), { mode: 0o700 });
    for (const [name, text] of Object.entries(files)) {
      const mode = dirname(name) === 'secrets' ? 0o600 : 0o666;
      await writeFile(join(directory, name), text, { flag: 'wx', mode });
    }
  } catch (error) {
    throw error instanceof WriteError ? error : writeError(directory, error);
  }
}

function notEmpty(directory: string): WriteError {
  return new WriteError({
    code: 'output-exists',
    failed: `Cannot make a fleet in ${directory}`,
    why: 'the directory is not empty',
    next: 'Give the name of a new directory.',
  });
}
