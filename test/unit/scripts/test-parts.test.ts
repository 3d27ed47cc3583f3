import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Extent, planTests } from '../../../scripts/lib/test-parts.ts';
import { steps } from '../../distributions/steps.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');

const extents: readonly Extent[] = ['core', 'everything'];
const partsOf = (extent: Extent) => {
  const { first, lanes, shared } = planTests(extent);
  return [...first, ...lanes.flat(), ...shared];
};

test.each(extents)('%s: every part has a name of its own', (extent) => {
  const names = partsOf(extent).map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

test('everything has each target that tests', () => {
  const targets = partsOf('everything').flatMap(({ command }) => command);
  const makefiles = ['Makefile', 'test/qemu/qemu.mk', 'test/fleet/fleet.mk'].map(read).join('\n');
  const [, broken = ''] = /^([a-z -]*fuzz): all/m.exec(makefiles) ?? [];
  const [, projects = ''] = /^test_projects := (.*)$/m.exec(makefiles) ?? [];
  const wanted =
    `${broken} ${projects} check demo test-qemu test-qemu-arm64 test-fakes test-distributions`.split(
      ' ',
    );
  expect(wanted).toHaveLength(18);
  // The rounds of test-break are there one by one.
  expect(wanted.filter((name) => name !== 'test-break' && !targets.includes(name))).toEqual([]);
});

test.each([
  [
    'core',
    ['demo', 'test', 'iso'],
    // A medium that is booted was made before.
    ['test', 'packages', 'install', 'qemu'],
  ],
  [
    'everything',
    ['demo', 'test', 'packages', 'install', 'iso'],
    ['demo', 'test', 'packages', 'install', 'unit', 'qemu'],
  ],
] as const)('%s: what is tried on Debian 12 and 13', (extent, onBookworm, onTrixie) => {
  expect(stepsOn('bookworm', extent).toSorted()).toEqual([...onBookworm].toSorted());
  expect(stepsOn('trixie', extent).toSorted()).toEqual([...onTrixie].toSorted());
});

test('everything runs each scenario once', () => {
  const chosen = partsOf('everything')
    .flatMap(({ command }) => command)
    .filter((word) => word.startsWith('QEMU_TESTS='))
    .flatMap((word) => word.replace('QEMU_TESTS=', '').split(' '));
  const all = readdirSync(join(root, 'test/qemu')).filter((name) => name.endsWith('.test.ts'));
  expect(chosen.toSorted()).toEqual(all.map((name) => `test/qemu/${name}`));
});

test('everything tries each step on one of them', () => {
  const tried = ['bookworm', 'trixie'].flatMap((suite) => stepsOn(suite, 'everything'));
  expect([...new Set(tried)].toSorted()).toEqual(Object.keys(steps).toSorted());
});

function stepsOn(suite: string, extent: Extent): string[] {
  return partsOf(extent)
    .filter(({ command }) => command.includes(`SUITES=${suite}`))
    .flatMap(({ command }) => command.filter((word) => word.startsWith('STEPS=')))
    .flatMap((word) => word.replace('STEPS=', '').split(' '));
}

test('the core runs each project of tests on a minimal Debian', () => {
  const words = partsOf('core').flatMap(({ command }) => command);
  const chosen = words
    .filter((word) => word.startsWith('PROJECTS='))
    .flatMap((word) => word.replace('PROJECTS=', '').split(' '));
  const [, projects = ''] = /^test_projects := (.*)$/m.exec(read('Makefile')) ?? [];
  expect(chosen.map((name) => `test-${name}`).toSorted()).toEqual(projects.split(' ').toSorted());
});

test.each(extents)('%s: whatever uses loop devices runs one after the other', (extent) => {
  const { first, lanes, shared } = planTests(extent);
  const others = [12, 13].flatMap((version) =>
    ['medium', 'unit', 'iso'].map((name) => `debian-${version}-${name}`),
  );
  others.push('check', 'test-unit', 'test-provision', 'test-page');
  const isOther = (name: string) => others.includes(name) || /^test-qemu(-|$)/.test(name);
  const lanesWithLoops = lanes.filter((lane) => lane.some(({ name }) => !isOther(name)));
  expect(lanesWithLoops).toHaveLength(1);
  expect(shared.filter(({ name }) => !isOther(name))).toEqual([]);
  expect(first.map(({ name }) => name)).toEqual(['build']);
  expect(first[0]?.command).toContain('all-architectures');
});
