import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableFound } from '../../../src/disk/gpt/disk-table.ts';
import { installedBoots, readBelow } from '../../../src/plan/boot-file.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'boot-file-'));
  mkdirSync(join(root, 'directory'));
  for (const name of ['file', 'directory/file']) writeFileSync(join(root, name), 'content');
  symlinkSync('file', join(root, 'link'));
  symlinkSync('directory', join(root, 'other'));
  execFileSync('mkfifo', [join(root, 'fifo')]);
});
afterAll(() => rmSync(root, { recursive: true }));

describe('a file on a boot partition', () => {
  test.each(['file', 'directory/file'])('%s', async (path) => {
    const file = await readBelow(root, path, 7);
    expect(file?.bytes.toString()).toBe('content');
    expect(file?.modified.getTime()).toBeGreaterThan(0);
  });

  test.each(['missing', 'missing/file', 'file/file', 'directory', 'link', 'other/file', 'fifo'])(
    '%s is none',
    async (path) => expect(await readBelow(root, path, 7)).toBeUndefined(),
  );

  test('a larger one is none', async () =>
    expect(await readBelow(root, 'file', 6)).toBeUndefined());

  test('one that cannot be read is not the same as none', async () => {
    // The first page of a process is never there: EIO.
    await expect(readBelow('/proc/self', 'mem', 64)).rejects.toThrow('EIO');
  });
});

describe('the boot partitions of an installation', () => {
  const partition = (number: number, typeGuid: string) => ({
    ...{ number, typeGuid, uniqueGuid: `GUID-${number}`, name: '' },
    ...{ firstLba: 0, lastLba: 2047, offsetBytes: 0, sizeBytes: 1024 * 1024 },
  });
  const esp = partition(2, 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B');
  const linux = partition(3, '0FC63DAF-8483-4772-8E79-3D69D8477DE4');
  const table = (mbr: TableFound['mbr'], ...partitions: object[]) =>
    ({ mbr, table: { gpt: { partitions } }, fault: undefined }) as unknown as TableFound;
  const unreadable = { path: '/proc/self/mem' };

  test('that cannot be read are not the same as none', async () => {
    await expect(installedBoots(unreadable, table('protective', esp, linux))).rejects.toThrow(
      'EIO',
    );
  });

  test('are not looked for on a disk that firmware does not start from', async () => {
    expect(await installedBoots(unreadable, table('none', esp, linux))).toEqual([]);
    expect(await installedBoots(unreadable, table('protective', linux))).toEqual([]);
  });
});
