import { expect, it } from 'vitest';
import { otherDisks } from '../../../../src/disk/partitions/boot-partition.ts';
import { fakeSystem } from '../../../support/fake-sysfs.ts';

it('takes the paths of a multipath device for the same disk, as often as there is a layer', async () => {
  await using system = await fakeSystem();
  system.add('sda', { dev: '8:0' });
  system.add('sdb', { dev: '8:16' });
  system.add('sdc', { dev: '8:32' });
  system.add('dm-0', { dev: '253:0' });
  system.add('dm-1', { dev: '253:1' });
  system.hold('sda', 'dm-0');
  system.hold('sdb', 'dm-0');
  system.hold('dm-0', 'dm-1');
  const names = (majMin: string) => otherDisks({ majMin }, system.sysRoot).map(({ name }) => name);
  expect(names('253:0')).toEqual(['dm-1', 'sdc']);
  expect(names('253:1')).toEqual(['sdc']);
  expect(names('8:32')).toEqual(['dm-0', 'dm-1', 'sda', 'sdb']);
});
