import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Rooms in the order of the table in docs/architecture.md; files at the top of src/ are the last. */
const layers = [
  ...readFileSync(join(root, 'docs/architecture.md'), 'utf8').matchAll(/^\| `([a-z]+)\/` \|/gm),
].map(([, room]) => room as string);

const files = globSync('src/**/*.ts', { cwd: root }).toSorted();

/** Both paths from the root; types, re-exports and what is loaded later count as well. */
const imports = files.flatMap((file) =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import\(|import)\s*'(\.[^']+)'/g),
  ].map(([, specifier = '']) => ({ file, imported: join(dirname(file), specifier) })),
);

/** How far down the table a file is. */
function depth(file: string): number {
  const [room, inside] = relative('src', file).split('/');
  return inside === undefined ? layers.length : layers.indexOf(room as string);
}

test('the table has every room, and nothing else', () => {
  const rooms = new Set(files.map((file) => relative('src', file).split('/')[0]));
  expect(layers.toSorted()).toEqual([...rooms].filter((room) => !room?.endsWith('.ts')).toSorted());
});

test('a room imports only from those above it', () => {
  expect(imports.length).toBeGreaterThan(500);
  const up = imports.filter(({ file, imported }) => depth(imported) > depth(file));
  expect(up.map(({ file, imported }) => `${file} imports ${imported}`)).toEqual([]);
});

test('imports never form a loop', () => {
  const importedBy = Map.groupBy(imports, ({ file }) => file);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(' > '));
      return;
    }
    if (done.has(file)) return;
    for (const { imported } of importedBy.get(file) ?? []) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test('base names are told apart without their folders', () => {
  const bases = Map.groupBy(files, (file) => file.replace(/.*\//, ''));
  const twice = [...bases.values()].filter(({ length }) => length > 1);
  expect(twice).toEqual([]);
});

test('a file contains one idea, in at most 250 lines', () => {
  const scripts = globSync('scripts/**/*.ts', { cwd: root });
  const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length - 1;
  const long = [...files, ...scripts].filter((file) => lines(file) > 250);
  expect(long.map((file) => `${file}: ${lines(file)} lines`)).toEqual([]);
});

test('one file starts programs', () => {
  const starts = /from 'execa'|node:child_process/;
  const found = files.filter((file) => starts.test(readFileSync(join(root, file), 'utf8')));
  expect(found).toEqual(['src/system/run-command.ts']);
});

test('a plan writes to no disk', () => {
  const writing = imports.filter(
    ({ file, imported }) =>
      file.startsWith('src/plan/') && /^src\/disk\/(own|write)\//.test(imported),
  );
  expect(writing.map(({ file, imported }) => `${file} imports ${imported}`)).toEqual([]);
});

test('one file uses SQLite', () => {
  const found = files.filter((file) => /node:sqlite/.test(readFileSync(join(root, file), 'utf8')));
  expect(found).toEqual(['src/provision/happened/open-database.ts']);
});
