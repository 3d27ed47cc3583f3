import { describe, expect, test } from 'vitest';
import { parseDeviceRule } from '../../../src/parameters/device-rule.ts';
import { chooseDisk } from '../../../src/plan/choose-disk.ts';
import type { SurveyedDisk } from '../../../src/plan/list-disks.ts';
import { matchRule } from '../../../src/plan/match-rule.ts';
import { failure } from '../../support/failure.ts';

const disk = (path: string, more: Partial<SurveyedDisk> = {}): SurveyedDisk => ({
  path,
  majMin: '8:0',
  diskseq: undefined,
  sizeBytes: 1000e9,
  logicalSectorSizeBytes: 512,
  model: undefined,
  serial: undefined,
  wwn: undefined,
  bus: 'sata',
  removable: false,
  isVirtual: false,
  stableNames: [],
  contents: { partitionTable: undefined, fileSystem: undefined, partitions: [] },
  refusal: undefined,
  ...more,
});

const ssd = disk('/dev/sda', {
  model: 'Samsung SSD 870',
  serial: 'S5Y1',
  wwn: 'naa.5002538e40b01234',
  stableNames: ['disk/by-id/ata-S5Y1', 'disk/by-path/pci-0000:00:17.0-ata-1'],
});
const nvme0 = disk('/dev/nvme0n1', {
  bus: 'nvme',
  sizeBytes: 512e9,
  serial: 'N0',
  wwn: 'eui.0025',
});
const nvme1 = disk('/dev/nvme1n1', { bus: 'nvme', sizeBytes: 2000e9, serial: 'N1' });
const usb = disk('/dev/sdb', { bus: 'usb', sizeBytes: 16e9, serial: 'U' });
const all = [ssd, nvme0, nvme1, usb];

const rule = (value: string) => parseDeviceRule({ value, origin: { kind: 'option', name: '-d' } });
const match = (text: string, disks: readonly SurveyedDisk[] = all) =>
  matchRule(rule(text), disks)
    .filter(({ leftOut }) => leftOut === undefined)
    .map(({ disk: { path } }) => path);

test.each([
  ['largest', ['/dev/nvme1n1']],
  ['smallest', ['/dev/nvme0n1']],
  ['bus=nvme', ['/dev/nvme0n1', '/dev/nvme1n1']],
  ['bus=nvme,smallest', ['/dev/nvme0n1']],
  ['smallest,bus=sata', ['/dev/sda']],
  ['bus=usb', ['/dev/sdb']],
  ['serial=S5Y1', ['/dev/sda']],
  ['serial=n*', ['/dev/nvme0n1', '/dev/nvme1n1']],
  ['serial=n?', ['/dev/nvme0n1', '/dev/nvme1n1']],
  ['serial=5Y', []],
  ['model=samsung*870', ['/dev/sda']],
  ['model=*', ['/dev/sda', '/dev/nvme0n1', '/dev/nvme1n1']],
  ['wwn=0x5002538E40B01234', ['/dev/sda']],
  ['wwn=wwn-0x5002538e40b01234', ['/dev/sda']],
  ['wwn=naa.5002*', ['/dev/sda']],
  ['wwn=0025', ['/dev/nvme0n1']],
  ['wwn=*', ['/dev/sda', '/dev/nvme0n1']],
  ['size>=1T', ['/dev/sda', '/dev/nvme1n1']],
  ['size>1T', ['/dev/nvme1n1']],
  ['size<=1T', ['/dev/sda', '/dev/nvme0n1']],
  ['size<1T', ['/dev/nvme0n1']],
  ['size=512G', ['/dev/nvme0n1']],
])('%s matches %j', (text, paths) => {
  expect(match(text)).toEqual(paths);
});

test('of two that are alike neither is the largest', () => {
  const twin = { ...nvme1, path: '/dev/nvme2n1' };
  expect(match('largest', [...all, twin])).toEqual(['/dev/nvme1n1', '/dev/nvme2n1']);
  expect(() => chooseDisk(rule('largest'), [...all, twin])).toThrow(failure('several-disks-match'));
});

describe('never matches unless named', () => {
  const fileSystem = { type: 'iso9660', label: 'FCOS', uuid: undefined };
  test.each<[string, Partial<SurveyedDisk>, string]>([
    ['a removable disk', { removable: true }, 'removable'],
    ['what software made', { isVirtual: true }, 'made by software'],
    [
      'an installation medium',
      { contents: { partitionTable: 'gpt', fileSystem, partitions: [] } as never },
      'installation medium',
    ],
    ['a USB disk, if that is not asked for', { bus: 'usb' }, 'attached by USB'],
  ])('%s', (_, more, words) => {
    const other = disk('/dev/sdc', { sizeBytes: 9000e9, ...more });
    expect(match('largest', [...all, other])).toEqual(['/dev/nvme1n1']);
    const [verdict] = matchRule(rule('largest'), [other]);
    expect(verdict?.leftOut).toContain(words);
  });
});

test('a disk in use does not make the next one the largest', () => {
  const refusal = { why: '/dev/sdc is mounted on /' } as never;
  const busy = disk('/dev/sdc', { sizeBytes: 9000e9, refusal });
  expect(match('largest', [...all, busy])).toEqual([]);
  expect(match('largest,bus=nvme', [...all, busy])).toEqual(['/dev/nvme1n1']);
  expect(match('largest', [...all, { ...busy, sizeBytes: 9 }])).toEqual(['/dev/nvme1n1']);
  const choose = () => chooseDisk(rule('largest'), [...all, busy]);
  expect(choose).toThrow(
    /nvme1n1 \(.*\): it is not the largest; .*sdc .*: \/dev\/sdc is mounted on/,
  );
});

test('a removable disk does not match by its bus either', () => {
  expect(match('bus=usb', [{ ...usb, removable: true }])).toEqual([]);
});

describe('the one disk', () => {
  test('is chosen', () => {
    expect(chooseDisk(rule('bus=nvme,size>=1T'), all)).toBe(nvme1);
  });

  test('several are told with what tells them apart', () => {
    const choose = () => chooseDisk(rule('size>=1T'), all);
    expect(choose).toThrow(failure('several-disks-match'));
    expect(choose).toThrow(
      '/dev/sda (931 GiB, Samsung SSD 870, serial S5Y1, disk/by-path/pci-0000:00:17.0-ata-1); /dev/nvme1n1',
    );
  });

  test('paths to one disk are told as such', () => {
    const path = (name: string) => disk(name, { wwn: 'naa.60014051', serial: 'L1', bus: 'scsi' });
    const choose = () => chooseDisk(rule('wwn=naa.6001*'), [path('/dev/sdx'), path('/dev/sdy')]);
    expect(choose).toThrow(failure('several-disks-match'));
    expect(choose).toThrow('They have the same WWN: they are paths to one disk.');
  });

  test('none is told with the reason for each', () => {
    const choose = () => chooseDisk(rule('bus=nvme,model=Intel*'), all);
    expect(choose).toThrow(failure('no-disk-matches'));
    expect(choose).toThrow(
      /sda \(.*\): bus=nvme: its bus is sata; .*model=Intel\*: its model is not known/,
    );
    expect(() => chooseDisk(rule('largest'), [])).toThrow('this machine shows no disk');
  });
});

describe('patterns', () => {
  const matches = (pattern: string, serial: string) =>
    match(`serial=${pattern}`, [disk('/dev/sda', { serial })]).length === 1;
  test.each([
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['a*', 'a', true],
    ['*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['*a*', 'bab', true],
    ['?', 'a', true],
    ['?*', '', false],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['**', 'anything', true],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test('many stars take no longer than few', () => {
    expect(matches('*a'.repeat(200), 'b'.repeat(5000))).toBe(false);
  });
});
