import { expect, test } from 'vitest';
import { knownFlags } from '../../../src/parameters/find.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';

test('a flag that cannot be understood is not repeated', () => {
  const kernel = parseKernelArguments('coreos.inst.skip_reboot coreos.inst.verify=perhaps');
  const sources = { options: {}, files: { directory: '/tmp' }, kernel };
  expect(knownFlags(sources)).toEqual(['skipReboot']);
});
