import { describe, expect, it } from 'vitest';
import { type Gpt, parseGpt } from '../../../src/disk/gpt/gpt.ts';
import type { BlockDeviceFacts, DeviceFacts, DeviceKind } from '../../../src/disk/look/facts.ts';
import { TargetError } from '../../../src/lib/errors.ts';
import type { FailureCode } from '../../../src/lib/failure-codes.ts';
import { checkFits, checkTarget } from '../../../src/plan/check-target.ts';
import { failure } from '../../support/failure.ts';
import { buildGptHead } from '../../support/gpt-builder.ts';

const GiB = 1024 ** 3;

const device: BlockDeviceFacts = {
  majMin: '8:0',
  diskPath: '/dev/sda',
  sizeBytes: 16 * GiB,
  logicalSectorSizeBytes: 512,
  physicalSectorSizeBytes: 512,
  readOnly: false,
  isZoned: false,
  removable: false,
  wwn: undefined,
  bus: 'sata',
  isVirtual: false,
  model: 'Disk',
  serial: 'S1',
  takesPartitions: true,
  writeZeroesMaxBytes: 0,
  diskseq: 3,
  loopBackingFile: undefined,
  mapKind: undefined,
  raid: undefined,
  partitions: [],
  mounts: [],
  swaps: [],
  holders: [],
  openers: [],
};

const facts: DeviceFacts = {
  requested: 'sda',
  path: '/dev/sda',
  kind: 'block-disk',
  disks: [
    { path: '/dev/sda', sizeBytes: 16 * GiB, model: 'Disk' },
    { path: '/dev/vdb', sizeBytes: 512 * 1024 ** 2, model: undefined },
  ],
  device,
};

function refusal(changed: Partial<BlockDeviceFacts>, more: Partial<DeviceFacts> = {}): string {
  return messageOf(() => checkTarget({ ...facts, device: { ...device, ...changed }, ...more }));
}

function messageOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    expect(error).toBeInstanceOf(TargetError);
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

describe('the code of a refusal', () => {
  const mount = { device: '/dev/sda1', mountPoint: '/a', otherNamespacePid: undefined };
  const holder = { kind: 'md', path: '/dev/md0', name: 'md0', on: '/dev/sda1' } as const;
  const path = { kind: 'multipath', path: '/dev/dm-0', name: 'mpatha', on: '/dev/sda' } as const;
  it.each<[FailureCode<'target'>, Partial<BlockDeviceFacts>]>([
    ['target-no-medium', { sizeBytes: 0 }],
    ['target-read-only', { readOnly: true }],
    ['target-is-volume', { mapKind: 'lvm' }],
    ['target-is-volume', { mapKind: 'crypt' }],
    ['target-is-zoned', { isZoned: true }],
    ['target-is-volume', { raid: { level: 'raid1', metadata: '1.2' } }],
    ['target-is-volume', { raid: { level: 'raid1', metadata: '1.1' } }],
    ['target-is-volume', { raid: { level: 'raid0', metadata: '1.0' } }],
    ['target-is-volume', { raid: { level: 'raid5', metadata: '0.90' } }],
    ['target-is-volume', { raid: { level: 'raid1', metadata: '' } }],
    ['target-is-multipath-path', { holders: [path] }],
    ['target-in-use', { holders: [path], mapKind: 'multipath' }],
    ['target-mounted', { holders: [path], mapKind: 'multipath', mounts: [mount] }],
    ['target-in-use', { holders: [holder] }],
    ['target-in-use', { swaps: ['/dev/sda1'] }],
    ['target-mounted', { mounts: [mount] }],
    ['target-mounted', { mounts: [mount], swaps: ['/dev/sda2'], holders: [holder] }],
  ])('%s: %j', (code, changed) => {
    const check = () => checkTarget({ ...facts, device: { ...device, ...changed } });
    expect(check).toThrow(failure(code));
  });

  it.each<[FailureCode<'target'>, DeviceKind]>([
    ['target-missing', 'missing'],
    ['target-is-partition', 'partition'],
    ['target-not-a-disk', 'directory'],
    ['target-not-a-disk', 'file'],
    ['target-not-a-disk', 'char'],
    ['target-not-a-disk', 'cdrom'],
  ])('%s: %s', (code, kind) => {
    expect(() => checkTarget({ ...facts, kind })).toThrow(failure(code));
  });
});

describe('checkTarget', () => {
  it.each([
    { level: 'raid1', metadata: '1.0' },
    { level: 'raid1', metadata: '0.90' },
    { level: 'raid1', metadata: 'external:/md127/0' },
    { level: 'raid5', metadata: 'external:/md127/0' },
  ])('takes a RAID from which firmware can boot: %j', (raid) => {
    expect(checkTarget({ ...facts, device: { ...device, raid } }).path).toBe('/dev/sda');
  });

  it('says of a mounted multipath device what is mounted, not that its partitions are old', () => {
    const holders = [
      { kind: 'multipath', path: '/dev/dm-1', name: 'mpatha1', on: '/dev/dm-0' } as const,
    ];
    const mount = { device: '/dev/dm-1', mountPoint: '/data', otherNamespacePid: undefined };
    const used = refusal({ holders, mapKind: 'multipath', mounts: [mount] });
    expect(used).toContain('umount /data');
    expect(used).not.toContain('old table');
    expect(refusal({ holders, mapKind: 'multipath' })).toContain('old table');
  });

  it('counts whole sectors only', () => {
    const odd = { ...device, sizeBytes: 16 * GiB + 512, logicalSectorSizeBytes: 4096 };
    expect(checkTarget({ ...facts, device: odd }).sizeBytes).toBe(16 * GiB);
  });

  it('makes a target of an unused disk', () => {
    expect(checkTarget(facts)).toEqual({
      path: '/dev/sda',
      requested: 'sda',
      majMin: '8:0',
      sizeBytes: 16 * GiB,
      sectorSizeBytes: 512,
      model: 'Disk',
      serial: 'S1',
      diskseq: 3,
      takesPartitions: true,
      writeZeroesMaxBytes: 0,
      partitions: [],
    });
  });

  const disks = 'there are /dev/sda (16.0 GiB, Disk), /dev/vdb (512 MiB)';
  it.each<[DeviceKind, string]>([
    [
      'missing',
      `Cannot install to /dev/sdx: there is no such device. Check the name, or choose a disk; ${disks}.`,
    ],
    ['directory', `it is a directory. Instead, choose a disk; ${disks}.`],
    ['file', `it is an ordinary file. Instead, choose a disk; ${disks}.`],
    ['char', `it is not a disk (a character device). Instead, choose a disk; ${disks}.`],
    ['cdrom', `it is a CD or DVD drive. Instead, choose a disk; ${disks}.`],
  ])('refuses what is no disk: %s', (kind, message) => {
    const odd = { ...facts, kind, requested: 'sdx', path: '/dev/sdx', device: undefined };
    expect(messageOf(() => checkTarget(odd))).toContain(message);
  });

  it('says so when the machine shows no disk at all', () => {
    const none = { ...facts, kind: 'missing' as const, disks: [], device: undefined };
    expect(messageOf(() => checkTarget(none))).toContain('a driver may be missing');
  });

  it('names the whole disk when given a partition', () => {
    expect(refusal({}, { kind: 'partition', requested: '/dev/sda2', path: '/dev/sda2' })).toBe(
      'Cannot install to /dev/sda2: it is a partition of /dev/sda, and the image needs a whole disk. To overwrite the whole disk, give /dev/sda.',
    );
  });

  it('shows where a link led', () => {
    expect(refusal({}, { kind: 'partition', requested: 'disk/by-id/wwn-1-part2' })).toMatch(
      /^Cannot install to disk\/by-id\/wwn-1-part2 \(\/dev\/sda\): it is a partition of /,
    );
    expect(refusal({ readOnly: true }, { requested: 'disk/by-id/wwn-1' })).toMatch(
      /^Cannot install to disk\/by-id\/wwn-1 \(\/dev\/sda\): it is read-only\. /,
    );
  });

  it('refuses a drive without a medium', () => {
    expect(refusal({ sizeBytes: 0 })).toContain('it has no medium, its size is 0');
  });

  it('names the mount point and the command that frees the disk', () => {
    const mounts = [
      { device: '/dev/sda1', mountPoint: '/home', otherNamespacePid: undefined },
      { device: '/dev/sda2', mountPoint: "/home/it's here", otherNamespacePid: undefined },
    ];
    expect(refusal({ mounts })).toBe(
      "Cannot install to /dev/sda: /dev/sda1 is mounted on /home, and /dev/sda2 is mounted on /home/it's here. " +
        "Run: umount '/home/it'\\''s here'; umount /home – or choose another device.",
    );
  });

  it('keeps several reasons apart, for whoever has room for one', () => {
    const mounts = [
      { device: '/dev/sda1', mountPoint: '/a, and b', otherNamespacePid: undefined },
      { device: '/dev/sda2', mountPoint: '/c', otherNamespacePid: undefined },
    ];
    const check = () => checkTarget({ ...facts, device: { ...device, mounts } });
    expect(check).toThrow(
      expect.objectContaining({
        failure: expect.objectContaining({
          reasons: ['/dev/sda1 is mounted on /a, and b', '/dev/sda2 is mounted on /c'],
        }),
      }),
    );
  });

  it('enters the namespace in which a mount is seen', () => {
    const mounts = [{ device: '/dev/sda1', mountPoint: '/data', otherNamespacePid: 42 }];
    expect(refusal({ mounts })).toContain(
      '/dev/sda1 is mounted on /data in the mount namespace of process 42. Run: nsenter --mount --target 42 umount /data',
    );
  });

  it('frees a stack from the top: swap, volume group, encryption, array', () => {
    const message = refusal({
      swaps: ['/dev/dm-2'],
      holders: [
        { kind: 'lvm', path: '/dev/dm-1', name: 'vg', volume: 'root', on: '/dev/dm-0' },
        { kind: 'lvm', path: '/dev/dm-2', name: 'vg', on: '/dev/dm-0' },
        { kind: 'crypt', path: '/dev/dm-0', name: 'luks', on: '/dev/md0' },
        { kind: 'md', path: '/dev/md0', name: '/dev/md0', on: '/dev/sda1' },
      ],
    });
    expect(message).toContain(
      'Run: swapoff /dev/dm-2; vgchange -an vg; cryptsetup close luks; mdadm --stop /dev/md0 –',
    );
    expect(message).toContain('/dev/dm-0 holds the LVM volume root of the group vg');
    expect(message).toContain('/dev/sda1 belongs to the RAID array /dev/md0');
  });

  it('refuses a path of a multipath device in favour of the map', () => {
    const holders = [
      { kind: 'multipath' as const, path: '/dev/dm-0', name: 'mpatha', on: '/dev/sda' },
    ];
    expect(refusal({ holders })).toBe(
      'Cannot install to /dev/sda: it is one path of the multipath device mpatha. Use the multipath device: mapper/mpatha.',
    );
  });

  it('takes the map itself, once its old partitions are gone', () => {
    const map = { ...device, mapKind: 'multipath' as const, takesPartitions: false };
    expect(checkTarget({ ...facts, device: map }).takesPartitions).toBe(false);
    const holders = [
      { kind: 'multipath' as const, path: '/dev/dm-1', name: 'mpatha1', on: '/dev/dm-0' },
    ];
    expect(refusal({ ...map, holders }, { path: '/dev/dm-0' })).toContain(
      'it has partitions from an old table (mpatha1). Run: kpartx -d /dev/dm-0',
    );
  });

  it('names the program that writes to the disk, and bears those that only read', () => {
    const opener = { pid: 7, command: 'fdisk', service: undefined, device: '/dev/sda' };
    expect(refusal({ openers: [{ ...opener, forWriting: true }] })).toContain(
      'the program fdisk (process 7) has /dev/sda open for writing. Run: kill 7',
    );
    const own = { ...opener, command: 'coreos-installer', service: 'coreos-installer' };
    expect(refusal({ openers: [{ ...own, forWriting: true }] })).toContain(
      'process 7) has /dev/sda open for writing. Run: systemctl stop coreos-installer –',
    );
    const reading = { ...device, openers: [{ ...opener, forWriting: false }] };
    expect(() => checkTarget({ ...facts, device: reading })).not.toThrow();
  });

  it('bears partitions that the kernel knows from the old table', () => {
    const old = { name: 'sda1', path: '/dev/sda1', number: 1, startBytes: 0, sizeBytes: 1 };
    expect(checkTarget({ ...facts, device: { ...device, partitions: [old] } }).partitions).toEqual([
      old,
    ]);
  });
});

describe('checkFits', () => {
  const target = checkTarget(facts);
  const gptOf = (sectorSizeBytes: 512 | 4096, sizeBytes: number): Gpt =>
    parseGpt(
      buildGptHead({ sectorSizeBytes, diskSectors: sizeBytes / sectorSizeBytes, partitions: [] }),
    );

  it('accepts an image that is as large as the disk', () => {
    expect(() => checkFits(target, gptOf(512, 16 * GiB))).not.toThrow();
  });

  it('refuses one that is a sector larger by its table', () => {
    const why =
      'it is too small: the image needs 17179869696 bytes (16.0 GiB), the disk has 17179869184 bytes (16.0 GiB)';
    const large = 16 * GiB + 512;
    expect(messageOf(() => checkFits(target, gptOf(512, large)))).toContain(why);
  });

  it('refuses an image of the other sector size, either way round', () => {
    expect(messageOf(() => checkFits(target, gptOf(4096, GiB)))).toBe(
      'Cannot install to /dev/sda: the disk has 512-byte sectors and the image is made for 4096-byte sectors, so it would not boot. Use the ordinary metal image, not the 4k one, or choose another device.',
    );
    const large = checkTarget({ ...facts, device: { ...device, logicalSectorSizeBytes: 4096 } });
    expect(messageOf(() => checkFits(large, gptOf(512, GiB)))).toContain(
      'Use the 4k image (metal4k)',
    );
  });
});

describe('a device of another kind that is built on the disk', () => {
  const refusalBy = (path: string, name: string) =>
    refusal({ holders: [{ kind: 'other', path, name, on: '/dev/sda1' }] });

  it('is named by both of its names, and removed if it is device-mapper’s', () => {
    expect(refusalBy('/dev/dm-3', 'vdo 0')).toMatch(
      /\/dev\/sda1 is in use by \/dev\/dm-3 \(vdo 0\)\. Run: dmsetup remove 'vdo 0' –/,
    );
  });

  it('is named once where it has one name, without a command that would not work', () => {
    const message = refusalBy('/dev/bcache0', '/dev/bcache0');
    expect(message).toMatch(/\/dev\/sda1 is in use by \/dev\/bcache0[^ ]/);
    expect(message).not.toMatch(/dmsetup|Run:/);
  });
});
