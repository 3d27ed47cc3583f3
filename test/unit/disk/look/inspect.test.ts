import { describe, expect, it } from 'vitest';
import { inspectBlock, inspectDevice } from '../../../../src/disk/look/inspect.ts';
import { type FakeSystem, fakeSystem } from '../../../support/fake-sysfs.ts';

/** sda: a boot partition, and LVM on LUKS on the second; vg0 holds the root and a swap area. */
async function laptop(): Promise<FakeSystem> {
  const system = await fakeSystem();
  system.add('sda', {
    dev: '8:0',
    size: '976773168',
    ro: '0',
    removable: '0',
    diskseq: '7',
    'queue/logical_block_size': '512',
    'queue/physical_block_size': '4096',
    'queue/write_zeroes_max_bytes': '33553920',
    'device/type': '0',
    'device/vendor': 'ATA     ',
    'device/model': 'Samsung SSD 860 ',
  });
  system.add('sda1', { dev: '8:1', partition: '1', start: '2048', size: '2097152' }, 'sda');
  system.add('sda2', { dev: '8:2', partition: '2', start: '2099200', size: '974671872' }, 'sda');
  system.add('dm-0', { dev: '253:0', 'dm/uuid': 'CRYPT-LUKS2-ab12-luks', 'dm/name': 'luks' });
  system.add('dm-1', { dev: '253:1', 'dm/uuid': 'LVM-x', 'dm/name': 'my--vg-root' });
  system.add('dm-2', { dev: '253:2', 'dm/uuid': 'LVM-y', 'dm/name': 'my--vg-swap' });
  system.hold('sda2', 'dm-0');
  system.hold('dm-0', 'dm-1');
  system.hold('dm-0', 'dm-2');
  system.proc(
    'self/mountinfo',
    `26 1 253:1 / / rw - ext4 /dev/mapper/my--vg-root rw
30 26 8:1 / /boot rw shared:1 - ext4 /dev/sda1 rw
31 26 8:1 /grub2 /srv/a\\040b rw shared:1 - ext4 /dev/sda1 rw
32 26 8:17 / /home rw - ext4 /dev/sdb1 rw
`,
  );
  system.procLink('self/ns/mnt', 'mnt:[1]');
  system.proc('swaps', 'Filename Type Size Used Priority\n/dev/dm-2 partition 1 0 -2\n');
  return system;
}

describe('inspectBlock', () => {
  it('describes the disk and its partitions', async () => {
    await using system = await laptop();
    const facts = inspectBlock('sda', '/dev/sda', '8:0', system);
    expect(facts).toMatchObject({ kind: 'block-disk', path: '/dev/sda', requested: 'sda' });
    expect(facts.device).toMatchObject({
      sizeBytes: 500_107_862_016,
      logicalSectorSizeBytes: 512,
      physicalSectorSizeBytes: 4096,
      readOnly: false,
      removable: false,
      model: 'Samsung SSD 860',
      writeZeroesMaxBytes: 33_553_920,
      diskseq: 7,
      partitions: [
        { name: 'sda1', path: '/dev/sda1', number: 1, startBytes: 1_048_576 },
        { name: 'sda2', path: '/dev/sda2', number: 2, startBytes: 1_074_790_400 },
      ],
    });
  });

  it('knows a partition and the disk that it belongs to', async () => {
    await using system = await laptop();
    const facts = inspectBlock('sda1', '/dev/sda1', '8:1', system);
    expect(facts.kind).toBe('partition');
    expect(facts.device?.diskPath).toBe('/dev/sda');
  });

  it('finds mounts of the disk, of partitions, bind mounts, and of what is built on them', async () => {
    await using system = await laptop();
    expect(inspectBlock('sda', '/dev/sda', '8:0', system).device?.mounts).toEqual([
      { device: '/dev/dm-1', mountPoint: '/', otherNamespacePid: undefined },
      { device: '/dev/sda1', mountPoint: '/boot', otherNamespacePid: undefined },
      { device: '/dev/sda1', mountPoint: '/srv/a b', otherNamespacePid: undefined },
    ]);
  });

  it('finds mounts that only another namespace sees, and names a process in it', async () => {
    await using system = await laptop();
    system.procLink('400/ns/mnt', 'mnt:[1]');
    system.proc('400/mountinfo', '9 1 8:1 / /same-namespace rw - ext4 /dev/sda1 rw\n');
    system.procLink('500/ns/mnt', 'mnt:[2]');
    system.proc(
      '500/mountinfo',
      '9 1 8:1 / /boot rw - ext4 /dev/sda1 rw\n9 1 8:1 / /hidden rw - ext4 /dev/sda1 rw\n',
    );
    const { mounts } = inspectBlock('sda', '/dev/sda', '8:0', system).device ?? {};
    expect(mounts?.slice(3)).toEqual([
      { device: '/dev/sda1', mountPoint: '/hidden', otherNamespacePid: 500 },
    ]);
  });

  it('finds the mount of a btrfs that names another of its devices', async () => {
    await using system = await laptop();
    system.add('sdb', { dev: '8:16', size: '100' });
    system.add('sdc', { dev: '8:32', size: '100' });
    system.add('sdd', { dev: '8:48', size: '100' });
    system.btrfs('1f0c', 'sdb', 'sdc');
    system.proc('self/mountinfo', '33 26 8:16 / /data rw - btrfs /dev/no-such-disk rw\n');
    const mounts = (name: string, majMin: string) =>
      inspectBlock(name, `/dev/${name}`, majMin, system).device?.mounts;
    const mount = { mountPoint: '/data', otherNamespacePid: undefined };
    expect(mounts('sdb', '8:16')).toEqual([{ device: '/dev/sdb', ...mount }]);
    expect(mounts('sdc', '8:32')).toEqual([{ device: '/dev/sdc', ...mount }]);
    expect(mounts('sdd', '8:48')).toEqual([]);
  });

  it('knows zones that are written in sequence, and of what a RAID is made', async () => {
    await using system = await laptop();
    const zoned = (model: string) => ({ dev: '8:16', size: '100', 'queue/zoned': model });
    system.add('sdb', zoned('host-managed'));
    system.add('sdc', { ...zoned('host-aware'), dev: '8:32' });
    system.add('md0', {
      dev: '9:0',
      size: '100',
      'md/level': 'raid1',
      'md/metadata_version': '1.2',
    });
    const facts = (name: string, majMin: string) =>
      inspectBlock(name, `/dev/${name}`, majMin, system).device;
    expect(facts('sdb', '8:16')).toMatchObject({ isZoned: true, raid: undefined });
    expect(facts('sdc', '8:32')).toMatchObject({ isZoned: false });
    expect(facts('md0', '9:0')).toMatchObject({ raid: { level: 'raid1', metadata: '1.2' } });
  });

  it('finds swap on a volume', async () => {
    await using system = await laptop();
    expect(inspectBlock('sda', '/dev/sda', '8:0', system).device?.swaps).toEqual(['/dev/dm-2']);
  });

  it('lists holders in the order in which they must be freed', async () => {
    await using system = await laptop();
    expect(inspectBlock('sda', '/dev/sda', '8:0', system).device?.holders).toEqual([
      { kind: 'lvm', path: '/dev/dm-1', name: 'my-vg', volume: 'root', on: '/dev/dm-0' },
      { kind: 'lvm', path: '/dev/dm-2', name: 'my-vg', volume: 'swap', on: '/dev/dm-0' },
      { kind: 'crypt', path: '/dev/dm-0', name: 'luks', on: '/dev/sda2' },
    ]);
  });

  it('recognises RAID arrays, multipath and loop devices on the disk', async () => {
    await using system = await laptop();
    system.add('sdb', { dev: '8:16', size: '100', 'device/model': 'Disk' });
    system.add('md127', { dev: '9:127', 'md/level': 'raid1' });
    system.add('dm-5', { dev: '253:5', 'dm/uuid': 'mpath-3600', 'dm/name': 'mpatha' });
    system.add('loop3', { dev: '7:3', 'loop/backing_file': '/dev/sdb' });
    system.hold('sdb', 'md127');
    system.hold('sdb', 'dm-5');
    const { holders } = inspectBlock('sdb', '/dev/sdb', '8:16', system).device ?? {};
    expect(holders?.map(({ kind, name }) => [kind, name])).toEqual([
      ['multipath', 'mpatha'],
      ['md', '/dev/md127'],
      ['loop', '/dev/loop3'],
    ]);
  });

  it('recognises CD drives, and lists only disks that can be installed to', async () => {
    await using system = await laptop();
    system.add('sr0', { dev: '11:0', size: '2000000', 'device/type': '5' });
    system.add('zram0', { dev: '254:1', size: '800' });
    system.add('loop0', { dev: '7:0', size: '0' });
    system.add('mmcblk0boot0', { dev: '179:8', size: '8192', ro: '1' });
    system.add('mmcblk0gp1', { dev: '179:16', size: '8192' });
    system.add('mtdblock0', { dev: '31:0', size: '8192', ro: '1' });
    system.add('nvme0c0n1', { dev: '259:9', size: '8192', hidden: '1' });
    system.add('cciss!c0d0', { dev: '104:0', size: '2048' });
    expect(inspectBlock('sr0', '/dev/sr0', '11:0', system).kind).toBe('cdrom');
    const { disks } = inspectDevice('/dev/no-such-disk', system);
    expect(disks.map(({ path }) => path)).toEqual(['/dev/cciss/c0d0', '/dev/sda']);
  });

  it('bears processes that end while it looks, and hidden ones', async () => {
    await using system = await laptop();
    system.proc('600/comm', 'gone\n');
    system.procLink('700/fd/3', '/dev/does-not-exist');
    expect(inspectBlock('sda', '/dev/sda', '8:0', system).device?.openers).toEqual([]);
  });
});

describe('inspectDevice', () => {
  it.each([
    ['no-such-disk', 'missing', '/dev/no-such-disk'],
    ['/dev', 'directory', '/dev'],
    ['shm', 'directory', '/dev/shm'],
    [import.meta.filename, 'file', import.meta.filename],
    ['null', 'char', '/dev/null'],
  ])('says what %s is: %s', (requested, kind, path) => {
    expect(inspectDevice(requested)).toMatchObject({ requested, kind, path, device: undefined });
  });
});

describe('inspectBlock, of device-mapper', () => {
  it('knows what a device is for, and that it takes no partitions', async () => {
    await using system = await laptop();
    system.add('dm-7', {
      ...{ dev: '253:7', 'dm/uuid': 'LVM-z', 'dm/name': 'a-b', ext_range: '1' },
    });
    system.add('sdb', { dev: '8:16', size: '100', ext_range: '256' });
    const kindOf = (name: string, dev: string) => {
      const { device } = inspectBlock(name, `/dev/${name}`, dev, system);
      return [device?.mapKind, device?.takesPartitions];
    };
    expect(kindOf('dm-7', '253:7')).toEqual(['lvm', false]);
    expect(kindOf('dm-0', '253:0')).toEqual(['crypt', true]);
    expect(kindOf('sdb', '8:16')).toEqual([undefined, true]);
  });
});
