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
