import { expect, test } from 'vitest';
import { parseBlkidExport } from '../../../src/system/blkid-export.ts';

test('each device is told from the others, with a shell’s escapes taken away', () => {
  const text =
    'DEVNAME=/dev/sda1\nLABEL=a\\ b\\\\c=d\nTYPE=vfat\n\nDEVNAME=/dev/sdb\nTYPE=iso9660\n';
  expect(parseBlkidExport(text).map((values) => Object.fromEntries(values))).toEqual([
    { DEVNAME: '/dev/sda1', LABEL: 'a b\\c=d', TYPE: 'vfat' },
    { DEVNAME: '/dev/sdb', TYPE: 'iso9660' },
  ]);
});

test('nothing is no device', () => {
  expect(parseBlkidExport('')).toEqual([]);
  expect(parseBlkidExport('\n\n')).toEqual([]);
});
