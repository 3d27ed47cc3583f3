import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assetsDirectory } from './assets.ts';

/**
 * Looks every `pollMs` whether the files of a fleet differ from those with `stamp`, and calls once for
 * each change, when they have stayed the same from one look to the next: while somebody copies files
 * there, half of them would be read. (Notifications of the kernel do not come from NFS, and editors
 * replace files.)
 */
export function watchFleet(
  directory: string,
  stamp: string,
  onChange: () => void,
  pollMs = 2000,
): Disposable {
  let known = stamp;
  let seen = stamp;
  let isDisposed = false;
  const look = async () => {
    const found = await stampOf(directory);
    if (isDisposed) return;
    if (found !== known && found === seen) {
      known = found;
      onChange();
    }
    seen = found;
    timer = setTimeout(look, pollMs);
  };
  let timer = setTimeout(look, pollMs);
  return {
    [Symbol.dispose]() {
      isDisposed = true;
      clearTimeout(timer);
    },
  };
}

/** Changes whenever one of the fleet's files does. */
export async function stampOf(directory: string): Promise<string> {
  const names = ['fleet.yaml', 'machines.csv'];
  for (const folder of ['profiles', 'butane', 'secrets', assetsDirectory]) {
    const options = { recursive: folder === 'butane' };
    const below = await readdir(join(directory, folder), options).catch(() => []);
    names.push(...below.toSorted().map((name) => join(folder, name)));
  }
  const stamps: string[] = [];
  for (const name of names) {
    const found = await stat(join(directory, name), { bigint: true }).catch(() => undefined);
    if (found !== undefined) stamps.push(`${name} ${found.ino} ${found.size} ${found.ctimeNs}`);
  }
  return stamps.join('\n');
}
