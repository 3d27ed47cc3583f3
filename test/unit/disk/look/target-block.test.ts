import { expect, test } from 'vitest';
import type { Target } from '../../../../src/disk/look/target.ts';
import { sysBlockOf } from '../../../../src/disk/look/target-block.ts';
import { WriteError } from '../../../../src/lib/errors.ts';
import { fakeSystem } from '../../../support/fake-sysfs.ts';

const disk = { dev: '8:0', size: '4096', diskseq: '7' };
const target = { path: '/dev/sda', majMin: '8:0', diskseq: 7 } as Target;

test.each([
  ['nothing is there any more', undefined, 'target-gone', 'the device is gone'],
  ['the drive has no medium any more', { ...disk, size: '0' }, 'target-gone', 'the device is gone'],
  [
    'another disk has its number',
    { ...disk, diskseq: '8' },
    'target-replaced',
    'another device has taken its place',
  ],
] as const)('%s', async (_, attributes, code, why) => {
  await using system = await fakeSystem();
  system.add('sdb', { ...disk, dev: '8:16' });
  if (attributes) system.add('sda', attributes);
  const find = () => sysBlockOf(target, system.sysRoot);
  expect(find).toThrow(WriteError);
  expect(find).toThrow(
    expect.objectContaining({ failure: expect.objectContaining({ code, why }) }),
  );
});

test('the disk that was checked is found', async () => {
  await using system = await fakeSystem();
  system.add('sda', disk);
  expect(sysBlockOf(target, system.sysRoot).number('size')).toBe(4096);
});
