import { expect, test } from 'vitest';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import { overriddenFilters } from '../../../src/parameters/overridden-filters.ts';

/** Sentences about the label that an option, a file and a kernel argument give. */
const about = (option?: string, file?: string, kernel?: string) =>
  overriddenFilters({
    options: option === undefined ? {} : { savePartlabel: option },
    files: { directory: '/tmp', savePartlabel: file },
    kernel: parseKernelArguments(
      kernel === undefined ? '' : `coreos.inst.save_partlabel=${kernel}`,
    ),
  });

const lost = (used: string, other: string) =>
  `${used} overrides ${other}: partitions that only the latter names are not saved.`;
const ofKernel = 'the kernel argument coreos.inst.save_partlabel=';
const ofFile = '/tmp/save_partlabel';

test('nothing is lost where all places name the same, or only one names anything', () => {
  expect(about('data', 'data', 'data')).toEqual([]);
  expect(about('data')).toEqual([]);
  expect(about(undefined, undefined, 'data')).toEqual([]);
  expect(about()).toEqual([]);
});

test('what a lower place names is told', () => {
  expect(about('a', undefined, 'b')).toEqual([lost('--save-partlabel', ofKernel)]);
  expect(about(undefined, 'a', 'b')).toEqual([lost(ofFile, ofKernel)]);
  expect(about('a', 'b', 'c')).toEqual([
    lost('--save-partlabel', ofFile),
    lost('--save-partlabel', ofKernel),
  ]);
  expect(about('a', 'a', 'b')).toEqual([lost('--save-partlabel', ofKernel)]);
});
