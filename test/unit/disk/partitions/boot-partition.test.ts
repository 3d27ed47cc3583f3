import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { probe } from '../../../../src/disk/look/probe.ts';
import { allDisks, sizeBytesOf } from '../../../../src/disk/look/sysfs.ts';
import type { Target } from '../../../../src/disk/look/target.ts';
import {
  bootPartitionsAmong,
  findBootPartition,
  otherDisks,
} from '../../../../src/disk/partitions/boot-partition.ts';
import { fakeSystem } from '../../../support/fake-sysfs.ts';
import { lacks } from '../../../support/needs.ts';
import { makeRaidMember } from '../../../support/raid-member.ts';

it('takes the paths of a multipath device for the same disk, as often as there is a layer', async () => {
  await using system = await fakeSystem();
  system.add('sda', { dev: '8:0' });
  system.add('sdb', { dev: '8:16' });
  system.add('sdc', { dev: '8:32' });
  system.add('dm-0', { dev: '253:0' });
  system.add('dm-1', { dev: '253:1' });
  system.hold('sda', 'dm-0');
  system.hold('sdb', 'dm-0');
  system.hold('dm-0', 'dm-1');
  const names = (majMin: string) => otherDisks({ majMin }, system.sysRoot).map(({ name }) => name);
  expect(names('253:0')).toEqual(['dm-1', 'sdc']);
  expect(names('253:1')).toEqual(['sdc']);
  expect(names('8:32')).toEqual(['dm-0', 'dm-1', 'sda', 'sdb']);
});

it.skipIf(lacks('mkfs.ext4', 'blkid'))('finds one that a RAID mirrors', async () => {
  const mib = 1024 * 1024;
  const directory = mkdtempSync(join(tmpdir(), 'boot-partition-'));
  try {
    const path = join(directory, 'disk');
    writeFileSync(path, '');
    truncateSync(path, 16 * mib);
    const range = { offsetBytes: mib, sizeBytes: 8 * mib };
    const words = ['-q', '-F', '-L', 'boot', '-E', `offset=${mib}`, path, '8000k'];
    execFileSync('mkfs.ext4', words, { stdio: 'pipe' });
    await makeRaidMember(path, range);
    expect((await probe(path, range)).fileSystem?.type).toBe('linux_raid_member');
    const entry = { ...range, number: 3, name: '', typeGuid: '', uniqueGuid: '' };
    const candidates = [{ ...entry, firstLba: 2048, lastLba: 18431 }];
    expect(await bootPartitionsAmong({ path }, candidates)).toEqual([
      { ...range, number: 3, type: 'ext4' },
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it('says that the disk cannot be read, not that the image has no boot file system', async () => {
  const range = { offsetBytes: 0, sizeBytes: 1024 * 1024, firstLba: 0, lastLba: 2047 };
  const candidates = [{ ...range, number: 3, name: '', typeGuid: '', uniqueGuid: '' }];
  // The first page of a process is never there: EIO.
  const disk = allDisks('/sys').find((one) => sizeBytesOf(one) > 0);
  const { majMin, diskseq } = { majMin: disk?.majMin, diskseq: disk?.number('diskseq') };
  const target = { path: '/proc/self/mem', majMin, diskseq } as Target;
  await expect(findBootPartition(target, candidates)).rejects.toMatchObject({
    exitCode: 5,
    failure: { code: 'disk-io-error' },
  });
});
