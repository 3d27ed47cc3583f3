import { expect, test } from 'vitest';
import { warnOfConfigWipes } from '../../../src/plan/config-wipes.ts';

const guid = '4C1E5C8E-0000-4000-8000-0123456789AB';
const saved = [
  {
    ...{ number: 5, name: 'data', uniqueGuid: guid },
    fileSystem: { type: 'xfs', label: 'var', uuid: '11-22' },
  },
  { number: 7, name: '', uniqueGuid: guid.replace('4C', '5C'), fileSystem: undefined },
];
const warnings = (config: unknown) =>
  warnOfConfigWipes('/dev/sda', Buffer.from(JSON.stringify(config)), saved);

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

test.each([
  {},
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
