import { expect, test } from 'vitest';
import { warnOfConfigWipes } from '../../../src/plan/config-wipes.ts';

const mib = 1024 * 1024;
const guid = '4C1E5C8E-0000-4000-8000-0123456789AB';
const typeGuid = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';
const data = {
  ...{ number: 5, name: 'data', uniqueGuid: guid, typeGuid },
  ...{ offsetBytes: 20480 * mib, sizeBytes: 1000 * mib },
  fileSystem: { type: 'xfs', label: 'var', uuid: '11-22' },
};
const saved = [
  data,
  {
    ...{ number: 7, name: '', uniqueGuid: guid.replace('4C', '5C'), typeGuid },
    ...{ offsetBytes: 30000 * mib, sizeBytes: 1000 * mib + 512, fileSystem: undefined },
  },
];
const warnings = (config: unknown) =>
  warnOfConfigWipes('/dev/sda', Buffer.from(JSON.stringify(config)), saved);
const ofPartition = (partition: unknown, device = '/dev/sdb') =>
  warnings({ storage: { disks: [{ device, partitions: [partition] }] } });

test('a table that is removed at the first boot', () => {
  const disks = [
    { device: '/dev/disk/by-path/x', wipeTable: true },
    { device: '/dev/sdb', wipeTable: false },
    { device: '/dev/sdc' },
  ];
  expect(warnings({ storage: { disks } })).toEqual([
    'The Ignition config removes the partition table of /dev/disk/by-path/x at the first boot (wipeTable). If that is /dev/sda, the saved partitions are lost then.',
  ]);
});

test.each([
  '/dev/disk/by-partlabel/data',
  '/dev/disk/by-label/var',
  '/dev/disk/by-uuid/11-22',
  `/dev/disk/by-partuuid/${guid.toLowerCase()}`,
])('a saved partition that is formatted as %s', (device) => {
  const filesystems = [{ device, format: 'xfs', wipeFilesystem: true }];
  expect(warnings({ storage: { filesystems } })).toEqual([
    `The Ignition config formats the saved partition 5 "data" at the first boot (wipeFilesystem, ${device}).`,
  ]);
  expect(warnings({ storage: { filesystems: [{ device, format: 'xfs' }] } })).toEqual([]);
});

test('links of labels are those that udev makes', () => {
  const name = 'my data/é\\"';
  const link = '/dev/disk/by-partlabel/my\\x20data\\x2fé\\x5c\\x22';
  const filesystems = (device: string) => ({ filesystems: [{ device, wipeFilesystem: true }] });
  const of = (device: string) =>
    warnOfConfigWipes('/dev/sda', Buffer.from(JSON.stringify({ storage: filesystems(device) })), [
      { ...data, name },
    ]);
  expect(of(link)).toHaveLength(1);
  expect(of(`/dev/disk/by-partlabel/${name}`)).toEqual([]);
});

test('a saved partition that is encrypted anew, or becomes part of a RAID', () => {
  const device = '/dev/disk/by-partlabel/data';
  const luks = [{ name: 'data', device, wipeVolume: true }];
  expect(warnings({ storage: { luks } })).toEqual([
    `The Ignition config encrypts the saved partition 5 "data" at the first boot (wipeVolume, ${device}).`,
  ]);
  const raid = [{ name: 'data', level: 'raid1', devices: ['/dev/disk/by-id/x', device] }];
  expect(warnings({ storage: { raid } })).toEqual([
    `The Ignition config makes a RAID of the saved partition 5 "data" at the first boot (raid, ${device}).`,
  ]);
});

test.each([
  '/dev/sda5',
  '/dev/sdaa5',
  '/dev/vdb5',
  '/dev/nvme0n1p5',
  '/dev/mmcblk0p5',
  '/dev/disk/by-id/ata-disk-part5',
  '/dev/disk/by-path/pci-0000:00:1f.2-ata-1-part5',
])('a partition that is formatted by its number: %s', (device) => {
  const filesystems = [{ device, wipeFilesystem: true }];
  expect(warnings({ storage: { filesystems } })).toEqual([
    `The Ignition config formats ${device} at the first boot (wipeFilesystem). If that is the saved partition 5 "data" of /dev/sda, its data is lost then.`,
  ]);
});

test.each(['/dev/sda15', '/dev/sda', '/dev/nvme0n5', '/dev/md5', '/dev/disk/by-id/x-part15'])(
  'but not another one: %s',
  (device) => {
    const filesystems = [{ device, wipeFilesystem: true }];
    expect(warnings({ storage: { filesystems } })).toEqual([]);
  },
);

const partLabel = '/dev/disk/by-partlabel/data';

test.each<[object, string]>([
  [{ format: 'ext4' }, 'type'],
  [{ format: 'xfs', label: 'other' }, 'label'],
  [{ format: 'xfs', uuid: '11-23' }, 'UUID'],
  [
    { format: 'btrfs', label: 'other', uuid: '11-23', wipeFilesystem: false },
    'type and label and UUID',
  ],
])('a file system that is not the present one, and must not be wiped: %j', (wanted, what) => {
  const of = (device: string) => warnings({ storage: { filesystems: [{ device, ...wanted }] } });
  const has = `The Ignition config has a file system with another ${what} on`;
  expect(of(partLabel)).toEqual([
    `${has} the saved partition 5 "data" (${partLabel}), and may not wipe it (wipeFilesystem): the first boot fails.`,
  ]);
  expect(of('/dev/sda5')).toEqual([
    `${has} /dev/sda5, and may not wipe it (wipeFilesystem). If that is the saved partition 5 "data" of /dev/sda, the first boot fails.`,
  ]);
  // There is no file system: it is made.
  expect(of('/dev/sda7')).toEqual([]);
});

test.each<object>([
  { format: 'xfs' },
  { format: 'xfs', label: 'var', uuid: '11-22' },
  { format: 'xfs', label: '', uuid: null },
  { format: 'none' },
  { path: '/var' },
])('a file system that is the present one: %j', (wanted) => {
  const filesystems = [{ device: partLabel, ...wanted }];
  expect(warnings({ storage: { filesystems } })).toEqual([]);
});

test('a LUKS volume where there is none, and must not be made', () => {
  const luks = [{ name: 'data', device: partLabel }];
  expect(warnings({ storage: { luks } })).toEqual([
    `The Ignition config has a LUKS volume with another type on the saved partition 5 "data" (${partLabel}), and may not wipe it (wipeVolume): the first boot fails.`,
  ]);
  const volume = { type: 'crypto_LUKS', label: undefined, uuid: 'aa' };
  const config = Buffer.from(JSON.stringify({ storage: { luks } }));
  expect(warnOfConfigWipes('/dev/sda', config, [{ ...data, fileSystem: volume }])).toEqual([]);
});

test.each<[object, number | undefined]>([
  [{ startMiB: 20480, sizeMiB: 512 }, 5],
  [{ startMiB: 20000, sizeMiB: 481 }, 5],
  [{ startMiB: 21479 }, 5],
  [{ startMiB: 31000, sizeMiB: 0 }, 7],
  [{ startMiB: 20000, sizeMiB: 480 }, undefined],
  [{ startMiB: 20000, sizeMiB: 0 }, undefined],
  [{ startMiB: 21480, sizeMiB: 1 }, undefined],
  [{ startMiB: 0, sizeMiB: 100_000 }, undefined],
  [{ startMiB: 20480, sizeMiB: 512, shouldExist: false }, undefined],
])('a new partition in the place of a saved one: %j', (place, number) => {
  const found = ofPartition({ number: 6, label: 'new', ...place });
  expect(found).toHaveLength(number === undefined ? 0 : 1);
  if (number !== undefined)
    expect(found[0]).toMatch(
      new RegExp(
        `at \\d+ MiB of /dev/sdb\\. If that is /dev/sda, the first boot fails, because the saved partition ${number}`,
      ),
    );
});

const lost = 'If that is /dev/sda, the saved partition 5 "data" is lost then.';
const fails =
  'If that is /dev/sda, the first boot fails, because the saved partition 5 "data" is there.';

test('an entry that is deleted, or says that there is none', () => {
  const gone = { number: 5, shouldExist: false };
  expect(ofPartition({ ...gone, wipePartitionEntry: true })).toEqual([
    `The Ignition config deletes partition 5 of /dev/sdb at the first boot (wipePartitionEntry). ${lost}`,
  ]);
  expect(ofPartition(gone)).toEqual([
    `The Ignition config has no partition 5 of /dev/sdb (shouldExist). ${fails}`,
  ]);
  expect(ofPartition({ ...gone, number: 6, wipePartitionEntry: true })).toEqual([]);
});

test.each<[object, string]>([
  [{ label: 'logs' }, 'label'],
  [{ startMiB: 20481 }, 'start'],
  [{ sizeMiB: 999 }, 'size'],
  [{ typeGuid: guid }, 'type'],
  [{ guid: typeGuid }, 'GUID'],
  [{ label: '', sizeMiB: 1 }, 'label and size'],
])(
  'an entry that differs is replaced where it may be, and is a failure otherwise: %j',
  (part, what) => {
    expect(ofPartition({ number: 5, ...part, wipePartitionEntry: true })).toEqual([
      `The Ignition config replaces partition 5 of /dev/sdb by one with another ${what} at the first boot (wipePartitionEntry). ${lost}`,
    ]);
    expect(ofPartition({ number: 5, ...part })).toEqual([
      `The Ignition config has partition 5 of /dev/sdb with another ${what}. ${fails}`,
    ]);
  },
);

test.each<object>([
  { label: 'data', startMiB: 20480, sizeMiB: 1000, typeGuid: typeGuid.toLowerCase(), guid },
  { startMiB: 0, sizeMiB: 0, typeGuid: '', guid: null },
  { sizeMiB: 2000, resize: true },
  {},
])('an entry that fits is left alone, and may be wiped for that: %j', (part) => {
  expect(ofPartition({ number: 5, ...part, wipePartitionEntry: true })).toEqual([]);
});

test('a second partition of the same label, as its number is another', () => {
  const sentence =
    'The Ignition config makes another partition with the label "data" on /dev/sdb at the first boot. If that is /dev/sda, give it the number 5: it is then the saved one.';
  for (const number of [undefined, 0, 4])
    expect(ofPartition({ number, label: 'data' })).toEqual([sentence]);
  expect(ofPartition({ label: '' })).toEqual([]);
  expect(ofPartition({ label: 'other' })).toEqual([]);
});

test('nothing more of a disk whose table is removed', () => {
  const partitions = [{ number: 5, label: 'x' }];
  const disks = [{ device: '/dev/sdb', wipeTable: true, partitions }];
  expect(warnings({ storage: { disks } })).toHaveLength(1);
});

test.each([
  {},
  { storage: { raid: [{ devices: 5 }, { devices: [null] }], luks: 'x' } },
  { storage: { disks: [{ partitions: [null, 5, { number: 'x' }] }] } },
  { storage: { filesystems: [{ wipeFilesystem: true }], luks: [{ wipeVolume: true }] } },
  { storage: null },
  { storage: { disks: 'x', filesystems: [null, 5] } },
  {
    storage: { filesystems: [{ device: '/dev/disk/by-partlabel/logs', wipeFilesystem: true }] },
  },
  { storage: { filesystems: [{ device: '/dev/disk/by-label/undefined', wipeFilesystem: false }] } },
])('nothing else: %j', (config) => {
  expect(warnings(config)).toEqual([]);
});

test('a config that is not JSON', () => {
  expect(warnOfConfigWipes('/dev/sda', Buffer.from('{'), saved)).toEqual([]);
});
