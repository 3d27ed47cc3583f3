import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * Calls `use` with the path of a file with these bytes, which is removed afterwards. Root may run
 * what is in it: nobody else can replace the file. Throws where that cannot be guaranteed.
 */
export function withPrivateFile<T>(
  directory: string,
  bytes: Uint8Array,
  use: (path: string) => T,
): T {
  refuseForeign(directory);
  const file = openNameless(directory);
  if (file === undefined) return withNamedFile(directory, bytes, use);
  try {
    writeFileSync(file, bytes);
    return use(`/proc/self/fd/${file}`);
  } finally {
    closeSync(file);
  }
}

function refuseForeign(directory: string): void {
  const { uid, mode } = statSync(directory);
  if (uid !== 0 && uid !== process.geteuid?.()) throw new Error('another user owns it');
  const writableByOthers = 0o022;
  const sticky = 0o1000;
  if ((mode & writableByOthers) !== 0 && (mode & sticky) === 0)
    throw new Error('others may replace files in it');
}

/** O_TMPFILE, which Node does not export. */
const nameless = constants.O_RDWR | constants.O_DIRECTORY | 0o20000000;

/** A file without a name vanishes with its process; undefined where there can be none. */
function openNameless(directory: string): number | undefined {
  if (!existsSync('/proc/self/fd')) return undefined;
  try {
    return openSync(directory, nameless, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EOPNOTSUPP' || code === 'EISDIR') return undefined;
    throw error;
  }
}

function withNamedFile<T>(directory: string, bytes: Uint8Array, use: (path: string) => T): T {
  const path = join(directory, `.coreos-installer-${randomUUID()}.node`);
  try {
    writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' });
    return use(path);
  } finally {
    rmSync(path, { force: true });
  }
}
