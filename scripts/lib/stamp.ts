import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { buildDir, root } from './paths.ts';

/** Remembers the content from which a file was made, so that it is made again only when needed. */
export interface Stamp {
  readonly isCurrent: boolean;
  /** Call when the file has been made. */
  record(): Promise<void>;
}

/** Compares `inputs` (paths, and values as JSON) with what `output` was last made from. */
export async function readStamp(
  output: string,
  inputs: { readonly files: readonly string[]; readonly values?: unknown },
): Promise<Stamp> {
  const hash = createHash('sha256').update(JSON.stringify(inputs.values ?? null));
  for (const file of inputs.files) hash.update(await readFile(file));
  const wanted = hash.digest('hex');
  const path = join(buildDir, 'stamps', relative(root, output));
  const found = await readFile(path, 'utf8').catch(() => '');
  return {
    isCurrent: existsSync(output) && found === wanted,
    async record() {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, wanted);
    },
  };
}
