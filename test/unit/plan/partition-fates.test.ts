import { mkdtempDisposable, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { type PartitionContents, readContents } from '../../../src/disk/look/contents.ts';
import { findTable } from '../../../src/disk/look/read-table.ts';
import { labelFilters } from '../../../src/parameters/partition-filter.ts';
import { optionToSave, partitionFates, rivalOf } from '../../../src/plan/partition-fates.ts';

const mib = 1024 * 1024;
const data = labelFilters({
  value: 'data',
  origin: { kind: 'option', name: '--save-partlabel' },
});

/**
 * The fates of the partitions of a disk that had a table with `data`, and then was changed. The kernel knows
 * the partitions `known`.
 */
async function fatesOn(
  change: (path: string) => Promise<unknown>,
  known: readonly PartitionContents[] = [],
) {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'fates-'));
  const path = join(directory.path, 'disk');
  await writeFile(path, '');
  await truncate(path, 32 * mib);
  await execa('sgdisk', ['--new=5:20480:40959', '--change-name=5:data', path]);
  await change(path);
  const found = await findTable(path, { sizeBytes: 32 * mib, sectorSizeBytes: 512 });
  const contents = { ...(await readContents(path, [], found.table)), partitions: known };
  const rival = rivalOf(found, contents);
  const fates = await partitionFates(path, contents, found, data);
  return { copy: found.table?.copy, rival, fates };
}

const over = async (path: string) => {
  const place = ['if=/dev/zero', `of=${path}`, 'bs=1M', 'count=1', 'conv=notrunc'];
  await execa('dd', place);
};

test('a table of which only the backup is left is used', async () => {
  const { copy, fates, rival } = await fatesOn(over);
  expect({ copy, rival }).toEqual({ copy: 'backup', rival: undefined });
  expect(fates).toMatchObject([{ number: 5, savedBy: data[0], isNamed: true }]);
});

test('no partition of it exists where the whole disk has a file system', async () => {
  const { copy, fates, rival } = await fatesOn(async (path) => {
    await over(path);
    await execa('mkswap', ['-q', path]);
  });
  expect(copy).toBe('backup');
  expect(rival).toMatchObject({ type: 'swap' });
  expect(fates).toEqual([]);
});

test('a partition that firmware boots from is none that could be kept, whatever its label', async () => {
  const { fates } = await fatesOn(async (path) => {
    await execa('sgdisk', [
      '--new=6:40960:61439',
      '--change-name=6:MY-ESP',
      '--typecode=6:EF00',
      path,
    ]);
    for (const lba of [20480, 40960])
      await execa('mkfs.vfat', ['--offset', String(lba), path, '4096']);
  });
  expect(fates).toMatchObject([
    { name: 'data', fileSystem: { type: 'vfat' }, beyondSystem: true },
    { name: 'MY-ESP', fileSystem: { type: 'vfat' }, beyondSystem: false },
  ]);
});

test('what the kernel’s partition in the same place has is what it has, and no other’s', async () => {
  const swap = { type: 'swap', label: undefined, uuid: undefined };
  const seen = async (startBytes: number, sizeBytes: number) => {
    const one = { path: '/dev/x1', number: 1, startBytes, sizeBytes, fileSystem: swap };
    return (await fatesOn(async () => undefined, [one])).fates[0]?.fileSystem;
  };
  expect(await seen(10 * mib, 10 * mib)).toEqual(swap);
  expect(await seen(0, 10 * mib)).toBeUndefined();
  expect(await seen(10 * mib, 5 * mib)).toBeUndefined();
});

test.each([
  ['data', '--save-partlabel data'],
  ['', '--save-partindex 5'],
  ['my data', '--save-partindex 5'],
  ['-data', '--save-partindex 5'],
  ['d*', '--save-partindex 5'],
])('the option for the label %j', (name, option) => {
  expect(optionToSave({ number: 5, name })).toBe(option);
});
