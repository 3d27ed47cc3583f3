import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';

type Ranges = Readonly<Record<string, string>>;

interface Locked {
  readonly version: string;
  readonly os?: readonly string[] | string;
  readonly cpu?: readonly string[] | string;
  readonly libc?: readonly string[] | string;
  readonly dependencies?: Ranges;
  readonly devDependencies?: Ranges;
  readonly optionalDependencies?: Ranges;
}

type Packages = Readonly<Record<string, Locked>>;

const read = async (path: string) => JSON.parse(await readFile(join(root, path), 'utf8'));

/** `only` is a list of what suits, or of what does not: `!win32`. */
function suits(only: readonly string[] | string | undefined, value: string): boolean {
  if (only === undefined) return true;
  const list = [only].flat();
  if (list.includes(`!${value}`)) return false;
  return list.every((one) => one.startsWith('!')) || list.includes(value);
}

/** The paths of what this platform needs, beginning at the project itself (path: empty). */
function needed(packages: Packages): Set<string> {
  const found = new Set<string>();
  const open = [''];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const { dependencies, devDependencies, optionalDependencies } = packages[path] as Locked;
    const ranges = {
      ...dependencies,
      ...optionalDependencies,
      ...(path === '' && devDependencies),
    };
    for (const name of Object.keys(ranges)) {
      const next = resolve(packages, path, name);
      const { os, cpu, libc } = packages[next] as Locked;
      const isForHere =
        suits(os, process.platform) && suits(cpu, process.arch) && suits(libc, 'glibc');
      if (!isForHere || found.has(next)) continue;
      found.add(next);
      open.push(next);
    }
  }
  return found;
}

/** Where Node finds a package by its name: in the nearest `node_modules` on the way up. */
function resolve(packages: Packages, from: string, name: string): string {
  const path = `${from}/node_modules/${name}`.replace(/^\//, '');
  if (path in packages) return path;
  if (from === '') throw new Error(`the lock file does not have ${name}`);
  return resolve(packages, from.replace(/\/?node_modules\/(@[^/]+\/)?[^/]+$/, ''), name);
}

test('what the lock file has for this platform is installed, at its version', async () => {
  const { packages }: { packages: Packages } = await read('package-lock.json');
  const wanted = needed(packages);
  expect(wanted.size).toBeGreaterThan(100);
  const wrong: string[] = [];
  for (const path of wanted) {
    const version = packages[path]?.version;
    const found = existsSync(join(root, path, 'package.json'))
      ? (await read(`${path}/package.json`)).version
      : 'not there';
    if (found !== version) wrong.push(`${path}: ${found}, ${version} in the lock file`);
  }
  expect(wrong).toEqual([]);
});
