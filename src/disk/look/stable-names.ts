import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The names of a device that survive another order of discovery, as `-d` takes them:
 * `disk/by-id/…` and `disk/by-path/…`. Empty where no udev makes them.
 */
export function stableNamesOf(path: string, devRoot = '/dev'): string[] {
  return ['by-id', 'by-path'].flatMap((kind) => {
    const directory = join(devRoot, 'disk', kind);
    return namesIn(directory)
      .filter((name) => leadsTo(join(directory, name)) === path)
      .map((name) => `disk/${kind}/${name}`);
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch {
    return [];
  }
}

function leadsTo(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch {
    return undefined;
  }
}
