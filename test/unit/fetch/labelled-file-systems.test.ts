import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { distinct, fromItsBeginning } from '../../../src/fetch/labelled-file-systems.ts';

let root: string;
const device = (name: string) => join(root, 'dev', name);
const sysBlock = () => join(root, 'class');

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'labelled-'));
  for (const directory of ['dev', 'class']) mkdirSync(join(root, directory));
  const add = (path: string, start?: string) => {
    const name = path.split('/').at(-1) ?? '';
    mkdirSync(join(root, 'devices', path), { recursive: true });
    if (start !== undefined) writeFileSync(join(root, 'devices', path, 'start'), start);
    symlinkSync(join(root, 'devices', path), join(root, 'class', name));
    writeFileSync(device(name), '');
  };
  add('usb/sdx');
  // A hybrid ISO, and the EFI partition in it.
  add('usb/sdx/sdx1', '0\n');
  add('usb/sdx/sdx2', '140\n');
  symlinkSync(device('sdx1'), device('link'));
  add('usb/sdy');
  add('usb/sdy/sdy1', '0\n');
  // A multipath device, its paths, and its partition.
  for (const name of ['sda', 'sdb', 'dm-0', 'dm-1']) add(`virtual/${name}`);
  const makeOf = (upper: string, lower: string) => {
    mkdirSync(join(root, 'devices/virtual', upper, 'slaves', lower), { recursive: true });
  };
  for (const path of ['sda', 'sdb']) makeOf('dm-0', path);
  makeOf('dm-1', 'dm-0');
  symlinkSync(device('dm-0'), device('mpatha'));
});
afterAll(() => rmSync(root, { recursive: true }));

test('a partition that begins where its disk begins stands for the disk', () => {
  expect(fromItsBeginning(device('sdx1'), sysBlock())).toBe('/dev/sdx');
  expect(fromItsBeginning(device('link'), sysBlock())).toBe('/dev/sdx');
});

test('other partitions, whole disks, and what sysfs does not show stay', () => {
  for (const name of ['sdx', 'sdx2', 'missing'])
    expect(fromItsBeginning(device(name), sysBlock())).toBe(device(name));
});

const type = 'iso9660';
const seen = (...names: string[]) =>
  distinct(
    names.map((name) => ({ device: device(name), type })),
    sysBlock(),
  ).map(({ places }) => places.map((place) => place.slice(place.lastIndexOf('/') + 1)));

test('a disk and its first partition are one file system', () => {
  expect(seen('sdx1')).toEqual([['sdx', 'sdx1']]);
  expect(
    distinct(
      [
        { device: '/dev/sdx', type },
        { device: device('sdx1'), type },
      ],
      sysBlock(),
    ),
  ).toEqual([{ type, places: ['/dev/sdx', device('sdx1')] }]);
});

test('two disks are two, though their file systems have the same UUID', () => {
  expect(seen('sdx1', 'sdy1')).toEqual([
    ['sdx', 'sdx1'],
    ['sdy', 'sdy1'],
  ]);
});

test('a multipath device and its paths are one', () => {
  expect(seen('sda', 'sdb', 'dm-0')).toEqual([['dm-0']]);
  expect(seen('sda', 'sdb', 'dm-0', 'dm-1')).toEqual([['dm-1']]);
  expect(seen('sda', 'sdb', 'mpatha')).toEqual([['mpatha']]);
  expect(seen('sda', 'sdb')).toEqual([['sda'], ['sdb']]);
});
