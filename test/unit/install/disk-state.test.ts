import { expect, test } from 'vitest';
import { DiskStatus, describeDiskState } from '../../../src/install/disk-state.ts';

test('a disk that is not known yet was not written to', () => {
  expect(describeDiskState(new DiskStatus())).toBe('Nothing was written to any disk.');
});

test('each state names the disk and what follows', () => {
  const status = new DiskStatus();
  status.path = '/dev/vda';
  expect(describeDiskState(status)).toBe('Nothing was written to /dev/vda.');
  status.state = 'no-table';
  expect(describeDiskState(status)).toBe(
    '/dev/vda has no partition table and will not boot; run the same command again.',
  );
  status.state = 'unknown';
  expect(describeDiskState(status)).toMatch(/^\/dev\/vda may have a partition table/);
  status.state = 'committed';
  expect(describeDiskState(status)).toMatch(/will boot\.$/);
});

test('partitions that are saved are named, where it matters', () => {
  const status = new DiskStatus();
  status.path = '/dev/vda';
  status.saved = ['5 "data"'];
  expect(describeDiskState(status)).toBe('Nothing was written to /dev/vda.');
  status.state = 'saved-only';
  expect(describeDiskState(status)).toBe(
    '/dev/vda has only its saved partition 5 "data", and will not boot; run the same command again.',
  );
  status.saved = ['5 "data"', '7'];
  status.state = 'unknown';
  expect(describeDiskState(status)).toBe(
    '/dev/vda may have an old, a new or a damaged partition table and must not be booted from; its saved partitions 5 "data", 7 are on it, and in at least one of the two copies of the table; run the same command again.',
  );
  status.state = 'committed';
  expect(describeDiskState(status)).toBe('/dev/vda holds the complete installation and will boot.');
});
