import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { networkNames } from '../../../src/parameters/known-arguments.ts';

const root = join(import.meta.dirname, '../../..');

test('the hook keeps the network arguments that the program keeps', () => {
  const hook = readFileSync(join(root, 'dracut/30coreos-installer/parameters-hook.sh'), 'utf8');
  const [, list = ''] = /for _coreos_name in ((?:ip [^;]|[^;])+); do\n {8}for/.exec(hook) ?? [];
  const names = list.split(/[\s\\]+/).filter((name) => name !== '');
  expect(names.toSorted()).toEqual([...networkNames].toSorted());
});
