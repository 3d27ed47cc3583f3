import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../../scripts/lib/paths.ts';
import { readPkgConfig, resolveTarget } from '../../../../scripts/lib/pkg-config.ts';
import { exampleNames } from '../../../../src/provision/wanted/example-files.ts';

test('the packaged program has the examples inside', async () => {
  const config = await readPkgConfig('coreos-provision');
  const { assets } = await resolveTarget(config, 'node24-linux-x64');
  const below = join(root, 'src/provision/wanted/example/');
  const packaged = Object.values(assets).filter((path) => path.startsWith(below));
  expect(packaged.map((path) => path.slice(below.length)).toSorted()).toEqual(
    exampleNames.toSorted(),
  );
});
