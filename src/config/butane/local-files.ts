import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { largestBytes } from './document.ts';

/** What `local` and its like may read, or why not. */
export interface LocalFiles {
  /** Throws `LocalFileError`. */
  read(path: string): Buffer;
  /** A directory and all below it, each directory before what is in it. Throws `LocalFileError`. */
  tree(path: string): Iterable<TreeEntry>;
}

export interface TreeEntry {
  /** Below the tree's root, which itself is ''. */
  readonly path: string;
  /** Undefined: neither directory nor file nor link. */
  readonly content:
    | { readonly kind: 'directory' }
    | { readonly kind: 'file'; readonly executable: boolean; read(): Buffer }
    | { readonly kind: 'link'; readonly target: string }
    | undefined;
}

export class LocalFileError extends Error {
  override readonly name = 'LocalFileError';
}

/** For a config that did not come from a local file: nothing of this machine gets into it. */
export const noLocalFiles: LocalFiles = {
  read: refuse,
  tree: refuse,
};

function refuse(): never {
  throw new LocalFileError(
    'local files are read only by coreos-installer translate, from the directory given with --files-dir',
  );
}

/** Files in `directory`, which messages call `name`; what a link in it leads to outside is refused. */
export function localFilesIn(
  directory: string,
  name = 'the directory given with --files-dir',
): LocalFiles {
  let embeddedBytes = 0;
  const inside = (path: string): string => {
    const root = realpathSync(directory);
    const real = realpathSync(join(root, path));
    if (real === root || real.startsWith(root === sep ? sep : root + sep)) return real;
    throw new LocalFileError(`${path} is outside ${name}`);
  };
  const readInside = (real: string): Buffer => {
    const { size } = statSync(real);
    if (!statSync(real).isFile()) throw new LocalFileError('it is not a file');
    embeddedBytes += size;
    if (embeddedBytes > largestBytes)
      throw new LocalFileError(
        `the files together are larger than ${largestBytes / 1024 / 1024} MiB`,
      );
    return readFileSync(real);
  };
  return {
    read: (path) => withReason(name, () => readInside(inside(path))),
    tree: (path) =>
      withReason(name, () => {
        const root = inside(path);
        if (!statSync(root).isDirectory()) throw new LocalFileError('it is not a directory');
        return [...walk(root, '', (real) => withReason(name, () => readInside(real)))];
      }),
  };
}

function* walk(root: string, below: string, read: (path: string) => Buffer): Generator<TreeEntry> {
  yield { path: below, content: { kind: 'directory' } };
  const names = readdirSync(join(root, below)).toSorted((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  for (const name of names) {
    const path = join(below, name);
    const real = join(root, path);
    const facts = lstatSync(real);
    if (facts.isDirectory()) yield* walk(root, path, read);
    else if (facts.isSymbolicLink())
      yield { path, content: { kind: 'link', target: readlinkSync(real) } };
    else if (facts.isFile()) {
      const executable = (facts.mode & 0o111) !== 0;
      yield {
        path,
        content: { kind: 'file', executable, read: () => read(real) },
      };
    } else yield { path, content: undefined };
  }
}

const wordsFor: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  ELOOP: 'its symbolic links form a loop',
  ENOTDIR: 'a part of its path is not a directory',
};

function withReason<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = code === 'ENOENT' ? `there is no such file below ${name}` : wordsFor[code];
    throw new LocalFileError(why ?? `it cannot be read (${code})`, { cause: error });
  }
}
