import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundledFiles, bundledPackages } from '../../../scripts/lib/licences.ts';
import { root } from '../../../scripts/lib/paths.ts';
import { readPage } from '../../support/pages.ts';

const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const manifest = read('package.json');
const lock = read('package-lock.json');

/** The rows of the page's table with this heading: package and licence. */
function documented(heading: string): Record<string, string> {
  const [, table = ''] = readPage('architecture.md').split(`| ${heading} | licence |`);
  const rows = (table.split('\n\n')[0] ?? '').matchAll(/^\| `(.*?)` \| (.*?) \| .+ \|/gm);
  return Object.fromEntries([...rows].map(([, name = '', licence = '']) => [name, licence]));
}

test('the page lists every dependency, with its licence', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const all = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  const licences = all.map((name) => [name, lock.packages[`node_modules/${name}`].license]);
  expect({
    ...documented('in the binary'),
    ...documented('in coreos-provision'),
    ...documented('for building and testing'),
  }).toEqual(Object.fromEntries(licences));
});

test('what the binary holds is what the page says, at the version and digest of the lock file', async () => {
  const bundled = await bundledPackages('coreos-installer');
  const direct = bundled
    .map((path) => path.slice('node_modules/'.length))
    .filter((name) => name in manifest.dependencies);
  expect(direct).toEqual(Object.keys(documented('in the binary')));
  for (const path of bundled) {
    const { version, integrity } = lock.packages[path] ?? {};
    expect(read(`${path}/package.json`).version, path).toBe(version);
    expect(integrity, path).toMatch(/^sha512-/);
  }
});

test('nothing of the server is in the installer, and what the server holds is what the page says', async () => {
  const files = await bundledFiles('coreos-installer');
  expect(files).toContain('src/install/install.ts');
  expect(files.filter((path) => path.startsWith('src/provision/'))).toEqual([]);
  expect(await bundledFiles('coreos-provision')).toContain('src/provision/provision-main.ts');
  const own = documented('in coreos-provision');
  const onPage = Object.keys({ ...documented('in the binary'), ...own });
  const direct: string[] = [];
  for (const path of await bundledPackages('coreos-provision')) {
    const name = path.slice('node_modules/'.length);
    if (name in manifest.dependencies) direct.push(name);
    expect(read(`${path}/package.json`).version, path).toBe(lock.packages[path]?.version);
  }
  expect(direct.filter((name) => !onPage.includes(name))).toEqual([]);
  expect(direct).toEqual(expect.arrayContaining(Object.keys(own)));
});

test('.node-version is the Node that everything runs on and that the binary holds', () => {
  const version = readFileSync(join(root, '.node-version'), 'utf8').trim();
  for (const arch of ['x64', 'arm64'])
    expect(manifest.optionalDependencies[`node-linux-${arch}`]).toBe(version);
  const [, minimum = ''] = /^>=(\d+)$/.exec(manifest.engines.node) ?? [];
  expect(version.split('.')[0]).toBe(minimum);
});
