import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The names of each device that survive another order of discovery, as `-d` takes them:
 * `disk/by-id/…` and `disk/by-path/…`, by its path. Empty where no udev makes them.
 */
export function stableNames(devRoot = '/dev'): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const kind of ['by-id', 'by-path']) {
    const directory = join(devRoot, 'disk', kind);
    for (const name of namesIn(directory)) {
      const path = leadsTo(join(directory, name));
      if (path !== undefined) names.set(path, [...(names.get(path) ?? []), `disk/${kind}/${name}`]);
    }
  }
  return names;
}

/** Those of one device. */
export function stableNamesOf(path: string, devRoot?: string): string[] {
  return stableNames(devRoot).get(path) ?? [];
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
