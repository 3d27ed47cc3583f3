import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface LimitedTmpfs extends AsyncDisposable {
  readonly path: string;
  /** A file with a larger size than the space: writing it exceeds the limit. */
  sparseFile(sizeBytes: number): Promise<string>;
}

/** A file system of `sizeBytes`. */
export async function limitedTmpfs(sizeBytes: number): Promise<LimitedTmpfs> {
  const path = await mkdtemp(join(tmpdir(), 'coreos-installer-tmpfs-'));
  execFileSync('/usr/bin/mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'none', path]);
  return {
    path,
    async sparseFile(fileSizeBytes) {
      const name = join(path, 'disk.img');
      await using file = await open(name, 'wx');
      await file.truncate(fileSizeBytes);
      return name;
    },
    async [Symbol.asyncDispose]() {
      execFileSync('/usr/bin/umount', [path]);
      await rmdir(path);
    },
  };
}
