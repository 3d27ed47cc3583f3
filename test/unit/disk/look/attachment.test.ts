import { expect, test } from 'vitest';
import { inspectBlock } from '../../../../src/disk/look/inspect.ts';
import { busOf, isVirtual } from '../../../../src/disk/look/sysfs.ts';
import { fakeSystem } from '../../../support/fake-sysfs.ts';

const pci = '/sys/devices/pci0000:00/0000:00';

// As Linux 6.12 has them.
test.each([
  ['sda', `${pci}:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda`, 'sata'],
  ['sdb', `${pci}:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb`, 'usb'],
  ['sdaa', `${pci}:05.0/host2/target2:2:0/2:2:0:0/block/sdaa`, 'scsi'],
  ['sdc', `${pci}:04.0/virtio1/host3/target3:0:0/3:0:0:0/block/sdc`, 'scsi'],
  ['vda', `${pci}:04.0/virtio1/block/vda`, 'virtio'],
  ['nvme0n1', `${pci}:1d.0/0000:3d:00.0/nvme/nvme0/nvme0n1`, 'nvme'],
  ['nvme1n1', '/sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1', 'nvme'],
  ['mmcblk0', '/sys/devices/platform/mmc0/mmc0:0001/block/mmcblk0', 'mmc'],
])('%s is attached by %3$s', (name, directory, bus) => {
  expect(busOf({ name, directory })).toBe(bus);
  expect(isVirtual({ name, directory })).toBe(false);
});

test.each(['loop0', 'md127', 'dm-0', 'nbd0', 'zram0'])('%s is made by software', (name) => {
  const directory = `/sys/devices/virtual/block/${name}`;
  expect(busOf({ name, directory })).toBeUndefined();
  expect(isVirtual({ name, directory })).toBe(true);
});

test('a multipath device is attached as its paths are', async () => {
  await using system = await fakeSystem();
  system.add('sda', { dev: '8:0', size: '2048', 'device/wwid': 'naa.5002' });
  system.add('dm-0', { dev: '253:0', size: '2048', 'dm/uuid': 'mpath-x', 'dm/name': 'mpatha' });
  system.hold('sda', 'dm-0');
  const { device } = inspectBlock('mapper/mpatha', '/dev/dm-0', '253:0', system);
  expect(device).toMatchObject({ bus: 'scsi', wwn: 'naa.5002', isVirtual: false });
});

test('the World Wide Name is where SCSI and NVMe have it', async () => {
  await using system = await fakeSystem();
  system.add('sda', { dev: '8:0', 'device/wwid': 'naa.5002' });
  system.add('nvme0n1', { dev: '259:0', wwid: 'eui.0025' });
  system.add('vda', { dev: '252:0' });
  const wwn = (name: string, number: string) =>
    inspectBlock(name, `/dev/${name}`, number, system).device?.wwn;
  expect(wwn('sda', '8:0')).toBe('naa.5002');
  expect(wwn('nvme0n1', '259:0')).toBe('eui.0025');
  expect(wwn('vda', '252:0')).toBeUndefined();
});

test('the serial number of a SCSI disk is in its page 80h', async () => {
  await using system = await fakeSystem();
  system.add('sda', {
    dev: '8:0',
    'device/vpd_pg80': '\0P\0\x08  S5Y1AB',
    'device/wwid': 'naa.5',
  });
  system.add('sdb', { dev: '8:16', wwid: 'naa.6', 'device/vpd_pg80': '\0' });
  const serial = (name: string, number: string) =>
    inspectBlock(name, `/dev/${name}`, number, system).device?.serial;
  expect(serial('sda', '8:0')).toBe('S5Y1AB');
  expect(serial('sdb', '8:16')).toBe('naa.6');
});

test('a memory card is removable, a soldered chip is not', async () => {
  await using system = await fakeSystem();
  system.add('mmcblk0', { dev: '179:0', removable: '0', 'device/type': 'MMC' });
  system.add('mmcblk1', { dev: '179:8', removable: '0', 'device/type': 'SD' });
  const removable = (name: string, number: string) =>
    inspectBlock(name, `/dev/${name}`, number, system).device?.removable;
  expect(removable('mmcblk0', '179:0')).toBe(false);
  expect(removable('mmcblk1', '179:8')).toBe(true);
});
