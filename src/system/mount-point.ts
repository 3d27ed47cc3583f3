import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeRunDirectory } from './run-directory.ts';

/** A directory of this process alone, until `undo` is disposed of. Throws `WriteError`. */
export async function mountPoint(undo: AsyncDisposableStack): Promise<string> {
  const parent = await makeRunDirectory();
  undo.defer(() => removeEmpty(parent));
  const directory = join(parent, 'root');
  await mkdir(directory, { mode: 0o700 });
  undo.defer(() => removeEmpty(directory));
  return directory;
}

/** A directory that is left is removed by the next run; it must not hide why this one failed. */
async function removeEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch(() => undefined);
}
