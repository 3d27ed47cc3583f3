import { expect, test } from 'vitest';
import { allDisks, sizeBytesOf } from '../../../../src/disk/look/sysfs.ts';
import type { Target } from '../../../../src/disk/look/target.ts';
import { deviceError } from '../../../../src/disk/own/device-errors.ts';

const disk = allDisks('/sys').find((one) => sizeBytesOf(one) > 0);
const { majMin = '', diskseq } = { majMin: disk?.majMin, diskseq: disk?.number('diskseq') };
const present = { path: '/dev/x', majMin, diskseq } as Target;
const failing = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });

// What the kernel makes of a disk's answers: blk_errors in block/blk-core.c.
test.each([
  ['EIO', 'disk-io-error'],
  ['ENODATA', 'disk-io-error'],
  ['EREMOTEIO', 'disk-io-error'],
  ['ENOLINK', 'disk-io-error'],
  ['ETIMEDOUT', 'disk-io-error'],
  ['EILSEQ', 'disk-io-error'],
  ['EBADE', 'disk-write-failed'],
  ['ENOSPC', 'disk-write-failed'],
  ['EROFS', 'disk-write-failed'],
  ['ENODEV', 'target-gone'],
  ['EUCLEAN', 'disk-write-failed'],
])('%s is %s', (code, expected) => {
  const { failure } = deviceError(present, 'writing 512 bytes at byte 0', failing(code));
  expect(failure.code).toBe(expected);
  expect(failure.why).toMatch(/^writing 512 bytes at byte 0 failed, /);
  expect(failure.why).toContain(code);
});

test.each([
  ['a lack of space', failing('ENOSPC')],
  ['an error of the disk', failing('EIO')],
  ['its end', new Error('the device ends there')],
])('a disk that was unplugged is gone, though the kernel reports %s', (_, cause) => {
  const gone = { ...present, majMin: '0:0' };
  expect(deviceError(gone, 'writing', cause).failure.code).toBe('target-gone');
  const other = { ...present, diskseq: (diskseq ?? 0) + 1 };
  expect(deviceError(other, 'writing', cause).failure.code).toBe('target-replaced');
});
