import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../../scripts/lib/paths.ts';
import { filesWithLoopTests, loopTestsOf } from '../../../../scripts/mutate/loop-tests.ts';

const folders = ['install', 'disk', 'fetch', 'decode', 'verify', 'plan', 'parameters'];

test('all files that are named exist', () => {
  const ofFolders = folders.flatMap((folder) => loopTestsOf(`src/${folder}/any.ts`));
  const named = [...filesWithLoopTests, ...filesWithLoopTests.flatMap(loopTestsOf), ...ofFolders];
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('a file has its own tests, and those of its folder, each once', () => {
  expect(loopTestsOf('src/plan/plan.ts')).toEqual(
    [
      ...['install/saved-partitions', 'install/no-room', 'install/fetching', 'install/story'],
      ...['install/target', 'install/reinstallation', 'commands/dry-run'],
    ].map((name) => `test/loop/${name}.test.ts`),
  );
  const ofInstall = loopTestsOf('src/install/install.ts');
  expect(new Set(ofInstall).size).toBe(ofInstall.length);
});
