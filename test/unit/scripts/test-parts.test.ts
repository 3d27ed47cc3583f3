import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Extent, planTests } from '../../../scripts/lib/test-parts.ts';

const root = new URL('../../..', import.meta.url).pathname;
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');

const extents: readonly Extent[] = ['core', 'everything'];
const partsOf = (extent: Extent) => {
  const { first, lanes } = planTests(extent);
  return [...first, ...lanes.flat()];
};

test.each(extents)('%s: every part is known by one name, and a make target', (extent) => {
  const names = partsOf(extent).map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  for (const { command } of partsOf(extent)) expect(command[0]).toBe('make');
});

test('everything has each target that tests', () => {
  const targets = partsOf('everything').flatMap(({ command }) => command.slice(1));
  const makefiles = ['Makefile', 'test/qemu/qemu.mk'].map(read).join('\n');
  const [, broken = ''] = /^([a-z -]*fuzz): all/m.exec(makefiles) ?? [];
  const [, projects = ''] = /^test_projects := (.*)$/m.exec(makefiles) ?? [];
  // One by one above: what test-break runs together.
  const wanted = `${broken} ${projects} check demo test-qemu`.split(' ');
  expect(wanted).toHaveLength(13);
  expect(wanted.filter((name) => name !== 'test-break' && !targets.includes(name))).toEqual([]);
});

test.each(extents)('%s: whatever uses loop devices runs one after the other', (extent) => {
  const { first, lanes } = planTests(extent);
  const others = ['check', 'test-unit', 'test-qemu'];
  const lanesWithLoops = lanes.filter((lane) => lane.some(({ name }) => !others.includes(name)));
  expect(lanesWithLoops).toHaveLength(1);
  expect(first.map(({ name }) => name)).toEqual(['build']);
});
