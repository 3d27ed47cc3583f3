import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { networkNames } from '../../../src/parameters/known-arguments.ts';
import { valuePlaces } from '../../../src/parameters/places.ts';

const root = join(import.meta.dirname, '../../..');
const hook = readFileSync(join(root, 'dracut/30coreos-installer/parameters-hook.sh'), 'utf8');

test('the hook keeps the network arguments that the program keeps', () => {
  const [, list = ''] = /for _coreos_name in ((?:ip [^;]|[^;])+); do\n {8}for/.exec(hook) ?? [];
  const names = list.split(/[\s\\]+/).filter((name) => name !== '');
  expect(names.toSorted()).toEqual([...networkNames].toSorted());
});

test.each(Object.values(valuePlaces))('the hook keeps $argument in $file', ({ file, argument }) => {
  const [, list = ''] = /for _coreos_key in (image_hash[^;]*); do/.exec(hook) ?? [];
  const inList = list.split(/[\s\\]+/).includes(file) && argument === `coreos.inst.${file}`;
  const byItself = new RegExp(`coreos_installer_values? ${file} ${argument}\\b`).test(hook);
  expect(inList || byItself).toBe(true);
});
